import type { SearchIndex } from '../dialect.js';

/** Words as lexemes of a `tsvector`: the server neither splits nor folds them, so its configuration has no say. */
export const postgresSearch: SearchIndex = {
  add: async (manager, { itemId, patientId, words }) => {
    await manager.query(
      'INSERT INTO "record_search" ("itemId", "patientId", "words") VALUES ($1, $2, array_to_tsvector($3))',
      [itemId, patientId, [...new Set(words)]],
    );
  },
  forget: async (manager, column, id) => {
    await manager.query(`DELETE FROM "record_search" WHERE "${column}" = $1`, [id]);
  },
  matching: (patientId, words) => ({
    sql: 'SELECT "itemId" FROM "record_search" WHERE "patientId" = :searched AND "words" @@ CAST(:search AS tsquery)',
    // In quotes, a word is nothing but a word: &, | and ! in it mean nothing.
    parameters: { searched: patientId, search: words.map((word) => `'${word}':*`).join(' & ') },
  }),
};
