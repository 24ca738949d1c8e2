/** `J. D.` for Jane Maria Doe: the first letters of the first and the last name. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => /\p{L}/u.test(word));
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  const letters = ends.flatMap((word) => /\p{L}/u.exec(word ?? '')?.[0] ?? []);
  return letters.map((letter) => `${letter.toUpperCase()}.`).join(' ');
}
