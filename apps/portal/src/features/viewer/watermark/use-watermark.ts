import { useEffect, type RefObject } from 'react';
import { keepWatermark } from './keep-watermark.js';

/** Keeps the line over the picture as long as there is one. */
export function useWatermark(picture: RefObject<HTMLElement | null>, line: string | undefined): void {
  useEffect(() => {
    if (line === undefined || picture.current === null) return;
    return keepWatermark(picture.current, line);
  }, [picture, line]);
}
