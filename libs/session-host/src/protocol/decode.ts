/** A message that is not exactly of its form. */
export class BadMessage extends Error {
  override readonly name = 'BadMessage';
}

/** Checks an untrusted value and returns it as what it is; `at` names it in the error. */
export type Decoder<T> = (untrusted: unknown, at: string) => T;
export type Decoded<D> = D extends Decoder<infer T> ? T : never;

type Fields<F extends Readonly<Record<string, Decoder<unknown>>>> = {
  readonly [K in keyof F as undefined extends Decoded<F[K]> ? never : K]: Decoded<F[K]>;
} & { readonly [K in keyof F as undefined extends Decoded<F[K]> ? K : never]?: Decoded<F[K]> };

/** Exactly these fields: one more is a mistake. A field may be absent where its decoder is `optional`. */
export function object<F extends Readonly<Record<string, Decoder<unknown>>>>(fields: F): Decoder<Fields<F>> {
  const known = new Set(Object.keys(fields));
  return (untrusted, at) => {
    if (typeof untrusted !== 'object' || untrusted === null || Array.isArray(untrusted))
      throw new BadMessage(`${at} is not an object`);
    for (const name of Object.keys(untrusted))
      if (!known.has(name)) throw new BadMessage(`${at} has an unknown field`);
    const values = Object.entries(fields).map(([name, decode]): [string, unknown] => [
      name,
      decode(Object.hasOwn(untrusted, name) ? (untrusted as never)[name] : undefined, `${at}.${name}`),
    ]);
    return Object.fromEntries(values) as Fields<F>;
  };
}

/** A text of which every character is checked by the pattern, which has to match it as a whole. */
export const text =
  (pattern: RegExp, longest: number): Decoder<string> =>
  (untrusted, at) => {
    if (typeof untrusted !== 'string' || untrusted.length > longest || !pattern.test(untrusted))
      throw new BadMessage(`${at} is not of its form`);
    return untrusted;
  };

export const integer =
  (least: number, most: number): Decoder<number> =>
  (untrusted, at) => {
    if (!Number.isSafeInteger(untrusted) || (untrusted as number) < least || (untrusted as number) > most)
      throw new BadMessage(`${at} is not a whole number from ${least} to ${most}`);
    return untrusted as number;
  };

export const number =
  (least: number, most: number): Decoder<number> =>
  (untrusted, at) => {
    if (typeof untrusted !== 'number' || !(untrusted >= least && untrusted <= most))
      throw new BadMessage(`${at} is not a number from ${least} to ${most}`);
    return untrusted;
  };

export const flag: Decoder<boolean> = (untrusted, at) => {
  if (typeof untrusted !== 'boolean') throw new BadMessage(`${at} is not true or false`);
  return untrusted;
};

export const oneOf =
  <const T extends readonly string[]>(...words: T): Decoder<T[number]> =>
  (untrusted, at) => {
    const word = words.find((one) => one === untrusted);
    if (word === undefined) throw new BadMessage(`${at} is not one of ${words.join(', ')}`);
    return word;
  };

export const list =
  <T>(of: Decoder<T>, longest: number): Decoder<readonly T[]> =>
  (untrusted, at) => {
    if (!Array.isArray(untrusted) || untrusted.length > longest)
      throw new BadMessage(`${at} is not a list of at most ${longest}`);
    return untrusted.map((value, index) => of(value, `${at}[${index}]`));
  };

export const optional =
  <T>(decode: Decoder<T>): Decoder<T | undefined> =>
  (untrusted, at) =>
    untrusted === undefined ? undefined : decode(untrusted, at);

export const nullable =
  <T>(decode: Decoder<T>): Decoder<T | null> =>
  (untrusted, at) =>
    untrusted === null ? null : decode(untrusted, at);

/** One of several objects, told apart by the word in the field `tag`. */
export const union =
  <C extends Readonly<Record<string, Decoder<unknown>>>>(
    tag: string,
    cases: C,
  ): Decoder<Decoded<C[keyof C]>> =>
  (untrusted, at) => {
    const word: unknown =
      typeof untrusted === 'object' && untrusted !== null ? (untrusted as never)[tag] : undefined;
    const decode = typeof word === 'string' && Object.hasOwn(cases, word) ? cases[word] : undefined;
    if (!decode) throw new BadMessage(`${at}.${tag} is not known`);
    return decode(untrusted, at) as Decoded<C[keyof C]>;
  };
