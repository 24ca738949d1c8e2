import type { Request, Response } from 'express';
import type { JsonDataSet } from '@vitrine/dicom';
import { Problem } from '@vitrine/kernel';
import { acceptedTypes } from './media-types.js';

const JSON_TYPES = new Set(['application/dicom+json', 'application/json', 'application/*', '*/*']);

/** Throws `exchange.not-acceptable` unless the DICOM JSON Model is among what the client takes. XML is not made. */
export function acceptsJson(request: Request): void {
  const takes = acceptedTypes(acceptOf(request));
  if (!takes.some(({ name }) => JSON_TYPES.has(name))) throw new Problem('exchange.not-acceptable');
}

/** The `accept` parameter of the address goes before the header (PS3.18 §8.3.3.1). */
export function acceptOf(request: Request): string | undefined {
  const inAddress = new URL(request.url, 'http://localhost').searchParams.getAll('accept');
  return inAddress.length > 0 ? inAddress.join(', ') : request.headers.accept;
}

export function sendJson(response: Response, body: JsonDataSet | readonly JsonDataSet[]): void {
  response
    .set({ 'Content-Type': 'application/dicom+json', 'X-Content-Type-Options': 'nosniff' })
    .send(Buffer.from(JSON.stringify(body)));
}
