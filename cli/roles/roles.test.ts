import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveTelemetry, type TelemetryServer } from '../../telemetry/http/http-server.io.ts';
import { type Ended, prescale } from '../../test/spawn-prescale.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-roles-'));
const config = join(folder, 'config.yaml');
const probeConfig = join(folder, 'probes.yaml');
let holder: TelemetryServer;

const ROLES = ['run', 'actuator', 'collector', 'forecaster'];
/** All are begun at once: each waits half a second before it ends itself. */
const runs = new Map<string, Promise<Ended>>();

beforeAll(async () => {
  const view = { metricsContentType: 'text/plain', unhealthy: () => [], unready: () => [] };
  holder = await serveTelemetry({ host: '127.0.0.1', port: 0 }, { ...view, metrics: async () => 'prescale_up 1\n' });
  // YAML reads JSON. Nobody listens at this Redis, which is tried again for ever: a role that got so far would run on.
  const redis = { url: 'redis://127.0.0.1:1' };
  const store = { folder: join(folder, 'data') };
  const write = (file: string, http: Record<string, string>) =>
    writeFileSync(file, JSON.stringify({ http, redis, store }));
  write(config, { listen: `127.0.0.1:${holder.port}`, probeListen: '127.0.0.1:0' });
  write(probeConfig, { listen: '127.0.0.1:0', probeListen: `127.0.0.1:${holder.probes.port}` });
  for (const role of ROLES)
    for (const file of [config, probeConfig]) runs.set(`${role} ${file}`, prescale([role, '--config', file]));
});
afterAll(async () => {
  await holder.close();
  rmSync(folder, { recursive: true });
});

describe('a role whose port is taken', () => {
  it.each(ROLES)('ends at once with one sentence: %s', async (role) => {
    const { code, stdout, stderr } = (await runs.get(`${role} ${config}`))!;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `prescale: http.listen: 127.0.0.1:${holder.port} is taken by another Prescale: stop it, or set http.listen to a free port\n`,
    );
  });

  it.each(ROLES)('for its probes does too: %s', async (role) => {
    const { code, stdout, stderr } = (await runs.get(`${role} ${probeConfig}`))!;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `prescale: http.probeListen: 127.0.0.1:${holder.probes.port} is taken by another Prescale: stop it, or set http.probeListen to a free port\n`,
    );
  });
});
