import { useEffect, useRef } from 'react';
import { toCanvas } from 'qrcode';
import classes from './qr-code.module.css';

/** A square code, drawn here; black on white also in the dark, since cameras expect that. */
export function QrCode({ value, alt }: { readonly value: string; readonly alt: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null)
      void toCanvas(canvas.current, value, { margin: 2, scale: 5, errorCorrectionLevel: 'M' });
  }, [value]);
  return <canvas ref={canvas} role="img" aria-label={alt} className={classes['code']} />;
}
