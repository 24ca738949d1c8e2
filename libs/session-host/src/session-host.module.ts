import { Global, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { Notary } from '@vitrine/sealing';
import { PermitIssuer, PermitSigner, type BuildPermit, type SessionPermit } from './permits.js';
import { readControlKey } from './host-keys.js';
import { RemoteSessionHost } from './protocol/remote-session-host.js';
import { SessionHost } from './session-host.js';
import { SHIPPED_IMAGES, shippedImages } from './shipped-images.js';

/** Signs with the key that the host handed out. */
class HandedKeyIssuer extends PermitIssuer {
  constructor(private readonly runDir: string) {
    super();
  }

  override sign(permit: SessionPermit): string {
    return this.signer().sign(permit);
  }

  override signBuild(permit: BuildPermit): string {
    return this.signer().signBuild(permit);
  }

  private signer(): PermitSigner {
    try {
      return new PermitSigner(readControlKey(this.runDir));
    } catch (cause) {
      throw new Problem('hypervisor.unreachable', { cause });
    }
  }
}

/** Provides the session host, which is another process, everywhere. Needs SETTINGS to be provided globally. */
@Global()
@Module({})
export class SessionHostModule implements OnApplicationShutdown {
  constructor(private readonly host: RemoteSessionHost) {}

  static forRoot(): DynamicModule {
    return {
      module: SessionHostModule,
      providers: [
        { provide: SHIPPED_IMAGES, useFactory: () => shippedImages() },
        {
          provide: RemoteSessionHost,
          inject: [SETTINGS],
          useFactory: ({ runDir }: Settings) => new RemoteSessionHost(runDir),
        },
        { provide: SessionHost, useExisting: RemoteSessionHost },
        {
          provide: Notary,
          inject: [RemoteSessionHost],
          useFactory: ({ notary }: RemoteSessionHost) => notary,
        },
        {
          provide: PermitIssuer,
          inject: [SETTINGS],
          useFactory: ({ runDir }: Settings) => new HandedKeyIssuer(runDir),
        },
      ],
      exports: [SHIPPED_IMAGES, SessionHost, Notary, PermitIssuer],
    };
  }

  onApplicationShutdown(): void {
    this.host.close();
  }
}
