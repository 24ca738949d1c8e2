// What macOS, Windows, office programs and browsers lay beside real files, and names of files that are not complete yet.
const LITTER =
  /^(\._.*|\.ds_store|\.spotlight-v100|\.trashes|\.fseventsd|\.metadata_never_index.*|thumbs\.db|desktop\.ini|~\$.*|\.~.*|.*\.(tmp|part|partial|crdownload))$/i;

/** A file of this name is kept in the drive and is nothing for the record. */
export const isLitter = (name: string): boolean => LITTER.test(name);
