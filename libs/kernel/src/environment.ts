export type Environment = Readonly<Record<string, string | undefined>>;

/** One of these words, the first of them where nothing is said. Throws a plain sentence. */
export function oneOf<Word extends string>(
  env: Environment,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const text = env[name] || words[0];
  const word = words.find((one) => one === text);
  if (word === undefined) throw new Error(`${name} must be ${words.join(' or ')}, but is "${text}".`);
  return word;
}

/** A whole number of the environment. Throws a plain sentence. */
export function integer(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Error(`${name} must be a whole number from ${min} to ${max}, but is "${text}".`);
  return value;
}
