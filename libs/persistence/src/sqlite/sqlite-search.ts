import type { SearchIndex } from '../dialect.js';

/** FTS5. Item and patient are words of the index too, so that a search reads the rows of one patient only. */
export const sqliteSearch: SearchIndex = {
  add: async (manager, { itemId, patientId, words }) => {
    await manager.query('INSERT INTO record_search (itemId, patientId, words) VALUES (?, ?, ?)', [
      itemId,
      patientId,
      words.join(' '),
    ]);
  },
  forget: async (manager, column, id) => {
    await manager.query(
      'DELETE FROM record_search WHERE rowid IN (SELECT rowid FROM record_search WHERE record_search MATCH ?)',
      [`${column} : "${id}"`],
    );
  },
  matching: (patientId, words) => ({
    sql: 'SELECT itemId FROM record_search WHERE record_search MATCH :search',
    // In quotes, a word is nothing but a word: AND, NOT and * in it mean nothing.
    parameters: {
      search: `patientId : "${patientId}" AND words : (${words.map((word) => `"${word}"*`).join(' AND ')})`,
    },
  }),
};
