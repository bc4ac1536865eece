import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { listen } from '../../console/thread/listener.io.ts';
import { consoleOf } from '../../test/console-source.ts';
import { exampleStatus } from '../../test/example-status.ts';
import { prescale } from '../../test/warm-prescale.ts';
import { buildProgram } from '../program.ts';
import { yamlText } from '../terminal/write-form.ts';
import { schemasOf } from './output-option.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-output-'));
const servers: { close(): unknown }[] = [];
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let addon = '';
let kubeconfig = '';
beforeAll(async () => {
  const shown = await listen(consoleOf([exampleStatus()]), { host: '127.0.0.1', port: 0 });
  servers.push(shown);
  addon = `http://${shown.host}:${shown.port}`;
  const api = await serve((_, response) => response.writeHead(404).end('{}'));
  kubeconfig = join(folder, 'kubeconfig');
  const named = { name: 'a', cluster: { server: api } };
  const contexts = [{ name: 'a', context: { cluster: 'a', user: 'a' } }];
  const users = [{ name: 'a', user: {} }];
  writeFileSync(kubeconfig, JSON.stringify({ 'current-context': 'a', clusters: [named], contexts, users }));
});

/** How each command is made to write each of its schemas; what needs a Redis or a Prometheus is tried in test/. */
const QUICK = ['--policies', 'hpa', '--until', '2h', '--out', join(folder, 'report')];
const RUNS: Readonly<Record<string, Readonly<Record<string, (() => string[]) | `test/${string}`>>>> = {
  replay: {
    report: () => QUICK,
    'replay-index': () => [folder, '--peak-pods', '5', '--history', '1d', ...QUICK],
  },
  forecast: { forecast: () => [], 'forecast-comparison': () => ['--compare', '--history', '3d'] },
  inspect: { inspection: () => [] },
  report: { savings: 'test/prometheus-report.test.ts' },
  status: { status: () => ['--url', addon] },
  explain: { explanation: () => [exampleStatus().ref.name, '--url', addon] },
  doctor: { doctor: () => ['--kubeconfig', kubeconfig] },
  jobs: {
    jobs: 'test/redis/jobs.test.ts',
    job: 'test/redis/jobs.test.ts',
    'jobs-retry': 'test/redis/jobs.test.ts',
  },
};

const schemaOf = (name: string) => JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'));
/** Every command that has a form to choose, by its words. */
const commands = (function walk(command: Command, path: readonly string[]): [string, readonly string[]][] {
  const own = schemasOf(command);
  const below = command.commands.flatMap((one) => walk(one, [...path, one.name()]));
  return own ? [[path.join(' '), own], ...below] : below;
})(buildProgram(), []);

describe('every JSON that a command writes', () => {
  it('has a schema with its version, and every schema has a command', () => {
    const names = commands.flatMap(([, schemas]) => schemas);
    expect(readdirSync('schemas').sort()).toEqual(names.map((name) => `${name}.schema.json`).sort());
    for (const name of names) {
      expect(schemaOf(name).properties.schemaVersion, name).toEqual({ const: expect.any(Number) });
      expect(schemaOf(name).required, name).toContain('schemaVersion');
    }
    expect(Object.fromEntries(commands.map(([path, own]) => [path, [...own]]))).toEqual(
      Object.fromEntries(Object.entries(RUNS).map(([path, own]) => [path, Object.keys(own)])),
    );
  });

  const runs = Object.entries(RUNS).flatMap(([command, own]) =>
    Object.entries(own).flatMap(([schema, args]) =>
      typeof args === 'string' ? [] : [[command, schema, args] as const],
    ),
  );
  it.each(runs)('%s: %s, as JSON and as YAML', async (command, schema, args) => {
    if (schema === 'replay-index') writeFileSync(join(folder, 'load.csv'), twoDays());
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schemaOf(schema));
    const json = await prescale([command, ...args(), '-o', 'json']);
    const value = JSON.parse(json.stdout);
    validate(value);
    expect(validate.errors).toBeNull();
    expect(parse(yamlText(value))).toEqual(value);
    // The same writer for all: one of them is enough.
    if (schema !== 'inspection') return;
    const yaml = await prescale([command, ...args(), '--output', 'yaml']);
    expect(parse(yaml.stdout)).toEqual(value);
  });
});

it('is YAML of the same value, whatever a stranger wrote into it', () => {
  const value = { text: 'a\u001b[31mred\u202e\n- b: c', 'key\u200b': '\u0007', list: ['yes', '1e3', null, '# no', ''] };
  expect(parse(yamlText(value))).toEqual(value);
  expect(yamlText(value)).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
});

it('refuses another form in the words of every other option', async () => {
  const { code, stderr } = await prescale(['status', '-o', 'wide']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'prescale: --output: found "wide"; expected table, json or yaml\n',
  });
});

function twoDays(): string {
  const rows = Array.from({ length: 2880 }, (_, i) => `${1_714_953_600 + i * 60},${50 + 40 * Math.sin(i / 230)}\n`);
  return `timestamp,value\n${rows.join('')}`;
}
