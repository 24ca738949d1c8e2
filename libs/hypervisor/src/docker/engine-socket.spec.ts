import { describe, expect, it } from '@jest/globals';
import { findEngineSocket } from './engine-socket.js';

const nowhere = () => false;
const only = (place: string) => (path: string) => path === place;

describe('the engine is looked for', () => {
  it('first where the operator said, then where DOCKER_HOST says', () => {
    expect(findEngineSocket('/a.sock', { DOCKER_HOST: 'unix:///b.sock' }, nowhere)).toBe('/a.sock');
    expect(findEngineSocket('unix:///a.sock', {}, nowhere)).toBe('/a.sock');
    expect(findEngineSocket(undefined, { DOCKER_HOST: 'unix:///b.sock' }, nowhere)).toBe('/b.sock');
  });

  it.each(['/var/run/docker.sock', '/run/podman/podman.sock', '/run/user/1/podman/podman.sock'])(
    'then at %s',
    (place) => {
      expect(findEngineSocket(undefined, { XDG_RUNTIME_DIR: '/run/user/1' }, only(place))).toBe(place);
    },
  );

  it('and nowhere else: not on another machine, whose folders would be others', () => {
    for (const host of ['tcp://10.0.0.1:2375', 'ssh://host']) {
      expect(() => findEngineSocket(undefined, { DOCKER_HOST: host }, nowhere)).toThrow(
        expect.objectContaining({ code: 'hypervisor.unreachable' }),
      );
    }
    expect(() => findEngineSocket(undefined, {}, nowhere)).toThrow(
      expect.objectContaining({ code: 'hypervisor.unreachable' }),
    );
  });
});
