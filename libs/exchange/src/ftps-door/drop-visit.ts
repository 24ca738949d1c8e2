import { Refused, REPLY, type FileSink, type Visit } from '@vitrine/ftps';
import { refusalOf, type ArrivingFile, type ArrivingFiles } from '../arrivals/arriving-files.js';
import type { Destination } from '../arrivals/arrivals.js';

/** What a visit asks of the door. */
export interface DropPorts {
  /** False once the login was ended. */
  stands(): Promise<boolean>;
  readonly inbox: Destination;
  /** Where a folder of this name leads that is a patient's deposit code; undefined for all others. */
  patientOf(untrustedFolder: string): Promise<Destination | undefined>;
  readonly onEnd: () => void;
}

/** One login by FTPS. */
export class DropVisit implements Visit {
  /** Files come folder by folder. */
  private latest: { readonly folder: string; readonly patient: Destination | undefined } | undefined;

  constructor(
    private readonly files: ArrivingFiles,
    private readonly ports: DropPorts,
  ) {}

  /** A file below a folder whose name is a deposit code goes to that patient; all others wait in the inbox. */
  async store(path: readonly string[]): Promise<FileSink> {
    if (!(await this.ports.stands())) throw new Refused(REPLY.ended);
    const [folder = '', ...rest] = path;
    const patient = rest.length === 0 ? undefined : await this.patientOf(folder);
    return patient === undefined ? this.toInbox(path) : this.toPatient(patient, path);
  }

  end(): void {
    this.files.end();
    this.ports.onEnd();
  }

  private async toPatient(patient: Destination, path: readonly string[]): Promise<FileSink> {
    try {
      // The code is not part of the name: it would be told to whoever reads the report.
      return sinkOf(await this.files.begin(patient, path.slice(1).join('/')));
    } catch (error) {
      // It can be used up by what came before. Then the files wait for the next one.
      if (refusalOf(error) !== 'code-ended') return refuse(error);
      this.latest = undefined;
      return this.toInbox(path);
    }
  }

  private async toInbox(path: readonly string[]): Promise<FileSink> {
    return sinkOf(await this.files.begin(this.ports.inbox, path.join('/')).catch(refuse));
  }

  private async patientOf(folder: string): Promise<Destination | undefined> {
    if (this.latest?.folder !== folder) this.latest = { folder, patient: await this.ports.patientOf(folder) };
    return this.latest.patient;
  }
}

const sinkOf = (file: ArrivingFile): FileSink => ({
  write: (chunk) => file.write(chunk).catch(refuse),
  finish: () => file.finish().catch(refuse),
  discard: () => file.discard(),
});

/** Failures that the other side can do something about, or later; everything else is a bug and is thrown on. */
function refuse(error: unknown): never {
  if (refusalOf(error) === undefined) throw error;
  // Permanent, though room may come: a script that ends with an error is seen, one that tries for days is not.
  throw new Refused({ code: 552, text: 'There is no room for this. What came before is kept.' });
}
