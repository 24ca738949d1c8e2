import { Global, Module } from '@nestjs/common';
import { Transactor } from './transactor.js';

/** The application imports TypeOrmModule with its entities; this adds the one way to write. */
@Global()
@Module({ providers: [Transactor], exports: [Transactor] })
export class PersistenceModule {}
