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
page = page.replace('<div id="root"></div>', f'{opening}<div id="root"></div>', 1)
assert '/vitrine.js' in page and opening in page, 'the page of this version is laid out differently'
(ROOT / 'index.html').write_text(page, encoding='utf-8')
(ROOT / 'vitrine.js').write_text((PAGE / 'vitrine.js').read_text(encoding='utf-8'), encoding='utf-8')
