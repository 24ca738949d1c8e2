// Apart from everything else, so that the process that reads untrusted files loads little code.

/** Entries of one archive. */
export const MAXIMUM_ENTRIES = 100_000;
export const LONGEST_NAME = 400;
/** The examiner says nothing longer; a longer line means that it is no longer ours. */
export const LONGEST_LINE_BYTES = 64 * 1024;
