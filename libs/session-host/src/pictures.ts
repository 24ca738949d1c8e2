export const THUMBNAIL_SIDE = 256;
/** Larger pictures are made smaller. */
export const LARGEST_SIDE = 4096;
/** Larger files are not drawn: they would have to lie in memory as a whole. */
export const LARGEST_PICTURE_INPUT = 256 * 1024 * 1024;

export const LONGEST_PICTURE_HEADER = 32;

/** The most bytes that a picture of that side takes: binary PPM, 8 bits. */
export const pictureBytes = (side: number): number => LONGEST_PICTURE_HEADER + side * side * 3;
