/** For Jest: one cluster for a whole run, where the tests are to use PostgreSQL. */
import { startCluster } from './postgres.mjs';

let cluster;

export default async function () {
  cluster = await startCluster();
  // Workers and the programs that tests start inherit it.
  process.env.VITRINE_TEST_POSTGRES = cluster.url();
}

export const end = () => cluster?.remove();
