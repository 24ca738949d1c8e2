"""Run once, when the image is built: puts our configuration into OHIF's page and takes out what a kiosk has no use for."""

import pathlib
import re

ROOT = pathlib.Path('/opt/ohif')
PAGE = pathlib.Path('/opt/vitrine/page')

page = (ROOT / 'index.html').read_text(encoding='utf-8')
page = re.sub(r'<link rel="(?:manifest|yandex-tableau-widget|apple-touch[^"]*|icon|shortcut icon)"[^>]*>', '', page)
page = re.sub(r'<script[^>]*src="/(?:init-service-worker|app-config)\.js"[^>]*></script>', '', page)
opening = (PAGE / 'opening.html').read_text(encoding='utf-8')
page = page.replace('<head>', '<head><script src="/vitrine.js"></script>', 1)
# Last, so that it has the last word.
page = page.replace('</head>', '<link rel="stylesheet" href="/narrow.css"></head>', 1)
page = page.replace('<div id="root"></div>', f'{opening}<div id="root"></div>', 1)
assert '/vitrine.js' in page and '/narrow.css' in page and opening in page, 'the page of this version is laid out differently'
(ROOT / 'index.html').write_text(page, encoding='utf-8')
for ours in ('vitrine.js', 'narrow.css'):
    (ROOT / ours).write_text((PAGE / ours).read_text(encoding='utf-8'), encoding='utf-8')

# Each of the seven drawing contexts that OHIF opens beforehand costs a tenth of a second and more where a processor does
# the work of a graphics card, and no two of them would ever draw at the same time. It has no setting for this.
patched = 0
for bundle in ROOT.glob('*.bundle.*.js'):
    text = bundle.read_text(encoding='utf-8')
    if 'webGlContextCount: 7,' in text:
        bundle.write_text(text.replace('webGlContextCount: 7,', 'webGlContextCount: 1,'), encoding='utf-8')
        patched += 1
assert patched, 'the contexts of this version are counted differently'
