import { Global, Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { productVersion, SETTINGS, type Settings } from '@vitrine/kernel';
import { DockerDriver } from './docker/docker.driver.js';
import { HostMounts, SystemMounts } from './host/host-mounts.js';
import { HYPERVISOR } from './hypervisor-driver.js';
import { JobRunner } from './jobs/job-runner.js';
import { QemuDriver } from './qemu/qemu.driver.js';

/** Provides HYPERVISOR, HostMounts and JobRunner everywhere. Needs SETTINGS to be provided globally. */
@Global()
@Module({})
export class HypervisorModule implements OnApplicationShutdown {
  constructor(@Inject(HYPERVISOR) private readonly driver: { close?(): void }) {}

  static forRoot(): DynamicModule {
    return {
      module: HypervisorModule,
      providers: [
        { provide: HostMounts, useClass: SystemMounts },
        {
          provide: HYPERVISOR,
          inject: [SETTINGS, HostMounts],
          useFactory: (settings: Settings, mounts: HostMounts) =>
            new QemuDriver(
              new DockerDriver({
                installationId: settings.installationId,
                runDir: settings.runDir,
                engineSocket: settings.engineSocket,
                strongRuntime: settings.strongRuntime,
                mounts,
              }),
              { machines: settings.machinesDir, qemuImage: `vitrine/qemu:${productVersion()}` },
            ),
        },
        JobRunner,
      ],
      exports: [HYPERVISOR, HostMounts, JobRunner],
    };
  }

  onApplicationShutdown(): void {
    this.driver.close?.();
  }
}
