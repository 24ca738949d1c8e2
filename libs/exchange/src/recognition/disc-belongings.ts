// What discs, folders and archives carry besides data: the disc's own viewer, its pages, traces of desktops.
const BY_NAME =
  /(^|\/)(__macosx\/.*|\.ds_store|thumbs\.db|desktop\.ini|autorun\.inf|readme[^/]*|lies ?mich[^/]*|lisezmoi[^/]*|licen[cs]e[^/]*|dicomdir|checksums\.sha256)$/;
const BY_EXTENSION =
  /\.(exe|dll|com|bat|cmd|msi|inf|ini|ico|cur|app|dmg|jar|class|so|sys|ocx|cab|htm|html|css|js|xsl|xslt|swf|chm|hlp|ttf|lnk|url|manifest|config|cfg|log|db|sig|md5|sha1)$/;

/** @param name lower case, `/` between folders. */
export const isBelongingsOfADisc = (name: string): boolean => BY_NAME.test(name) || BY_EXTENSION.test(name);

/** The list of what is in an export of ours, beside the files themselves. */
export const isIndexOfAnExport = (name: string): boolean => /(^|\/)index\.fhir\.json$/.test(name);
