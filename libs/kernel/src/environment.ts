export type Environment = Readonly<Record<string, string | undefined>>;

/** A whole number of the environment. Throws a plain sentence. */
export function integer(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Error(`${name} must be a whole number from ${min} to ${max}, but is "${text}".`);
  return value;
}
