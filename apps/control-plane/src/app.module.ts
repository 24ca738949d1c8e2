import { Module, type DynamicModule } from '@nestjs/common';
import { Checkpoints } from '@vitrine/audit';
import { IdentityModule } from '@vitrine/identity';
import type { Logger, Settings } from '@vitrine/kernel';
import { SessionHostModule } from '@vitrine/session-host';
import { SessionsModule } from '@vitrine/sessions';
import { ViewersModule } from '@vitrine/viewers';
import { AccountRemovalModule } from './account-removal/account-removal.module.js';
import { AccessTokensHttpModule } from './access-tokens/access-tokens-http.module.js';
import { AdminHttpModule } from './admin/admin-http.module.js';
import { AdminAccountsModule } from './admin-accounts/admin-accounts.module.js';
import { AuditHttpModule } from './audit/audit-http.module.js';
import { CoreModule } from './core.module.js';
import { DavModule } from './dav/dav.module.js';
import { DicomHttpModule } from './dicom/dicom-http.module.js';
import { DemoModule } from './demo/demo.module.js';
import { DepositsHttpModule } from './deposits/deposits-http.module.js';
import { DicomwebHttpModule } from './dicomweb/dicomweb-http.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/index.js';
import { IdentityHttpModule } from './identity/identity-http.module.js';
import { ImportsHttpModule } from './imports/imports-http.module.js';
import { Lifecycle } from './lifecycle.js';
import { DelegationPortsModule } from './links/delegation-ports.module.js';
import { LinksHttpModule } from './links/links-http.module.js';
import { RecordsHttpModule } from './records/records-http.module.js';
import { ResultsPortModule } from './sessions/results-port.module.js';
import { SessionsHttpModule } from './sessions/sessions-http.module.js';
import { ViewersHttpModule } from './viewers/viewers-http.module.js';
import { VisitsHttpModule } from './visits/visits-http.module.js';

/** The control plane: one module for each noun of the API, over the libs. */
@Module({})
export class AppModule {
  static forRoot(settings: Settings, logger: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CoreModule.forRoot(settings, logger),
        SessionHostModule.forRoot(),
        DelegationPortsModule,
        ResultsPortModule,
        HttpModule,
        HealthModule,
        IdentityHttpModule,
        AccountRemovalModule,
        AdminAccountsModule,
        AdminHttpModule,
        AuditHttpModule,
        RecordsHttpModule,
        ImportsHttpModule,
        LinksHttpModule,
        DepositsHttpModule,
        DicomHttpModule,
        AccessTokensHttpModule,
        DicomwebHttpModule,
        DavModule,
        SessionsHttpModule,
        VisitsHttpModule,
        ViewersHttpModule,
        // For the lifecycle below.
        DemoModule,
        IdentityModule,
        SessionsModule,
        ViewersModule,
      ],
      providers: [Checkpoints, Lifecycle],
    };
  }
}
