import { describe, expect, it } from 'vitest';
import { InputError } from '../../core/errors.ts';
import { addonConfig, configJsonSchema, defaultConfig, requireRedis, resourceOf } from './config.ts';

/** The problems that are reported of a file with this content, one a line. */
function problems(content: unknown): string[] {
  try {
    addonConfig(content, 'config.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message.replace('config.yaml: ', '').split('; ');
  }
  return [];
}

describe('the configuration', () => {
  it('of an empty file is the defaults, which change nothing in a cluster', () => {
    expect(addonConfig(null, 'config.yaml')).toEqual(defaultConfig());
    const { defaults, namespaces, kinds, takeOverHpa, deletionCost, limits } = defaultConfig();
    expect(defaults).toEqual({ mode: 'observe', unmetTargetBp: 1 });
    expect(namespaces).toEqual([]);
    expect(kinds.map(resourceOf)).toEqual(['deployments', 'statefulsets']);
    expect([takeOverHpa.enabled, deletionCost.enabled, limits.allowRawQueries]).toEqual([false, false, false]);
  });

  it('takes what is given and fills in the rest', () => {
    const { prometheus, leaderElection, defaults } = addonConfig(
      {
        defaults: { unmetTarget: '0.05%' },
        prometheus: {
          url: 'https://prometheus.example/select',
          bearerTokenFile: '/etc/token',
          templates: { requests: { query: 'sum(rate(requests[1m]))' } },
        },
        leaderElection: { leaseSeconds: 30 },
      },
      'config.yaml',
    );
    expect(defaults).toEqual({ mode: 'observe', unmetTargetBp: 5 });
    expect(prometheus).toMatchObject({ url: 'https://prometheus.example/select', bearerTokenFile: '/etc/token' });
    expect(prometheus.templates.requests).toEqual({ query: 'sum(rate(requests[1m]))', args: [], unit: '' });
    expect(leaderElection).toMatchObject({ leaseSeconds: 30, renewSeconds: 10, retrySeconds: 2 });
  });

  it('has no Redis unless one is named, and a role of its own says that it needs one', () => {
    expect(() => requireRedis(defaultConfig(), 'config.yaml')).toThrow(/^config\.yaml: redis: expected url/);
    for (const redis of [
      { url: 'rediss://redis.example:6380/2', tls: { caFile: '/ca' } },
      { sentinels: { names: ['sentinel-0.redis:26379', '[::1]:26379'], master: 'scaling' } },
      { cluster: ['10.0.0.1:6379'] },
    ]) {
      requireRedis(addonConfig({ redis }, 'config.yaml'), 'config.yaml');
    }
  });

  it("knows resources whose name isn't the kind with an s", () => {
    expect(resourceOf({ kind: 'Proxy', resource: 'proxies' })).toBe('proxies');
    expect(resourceOf({ kind: 'Rollout', resource: undefined })).toBe('rollouts');
  });

  it('is refused with all that is wrong in it, each with its path', () => {
    const found = problems({
      namespaces: ['Shop'],
      kinds: [{ apiVersion: 'apps/v1' }],
      defaults: { unmetTarget: '3' },
      limits: { maxReplicas: 0, maxReplica: 5 },
      prometheus: { url: 'ftp://prometheus' },
      log: { level: 'loud' },
      loging: {},
    });
    const places = found.map((problem) => problem.split(':')[0]);
    expect(places.slice(0, 7)).toEqual([
      'namespaces[0]',
      'kinds[0].kind',
      'defaults.unmetTarget',
      'limits.maxReplicas',
      'limits',
      'prometheus.url',
      'log.level',
    ]);
    expect(found.at(-1)).toContain('"loging"');
    expect(found).toHaveLength(8);
  });

  it.each([
    ['a share of nothing', { defaults: { unmetTarget: '0bp' } }, 'more than 0'],
    ['no kinds', { kinds: [] }, 'at least one kind'],
    ['a password in the URL', { prometheus: { url: 'http://a:b@prometheus' } }, 'passwordFile'],
    [
      'a credential in a header',
      { prometheus: { url: 'http://p', headers: { Authorization: 'Bearer x' } } },
      'bearerTokenFile',
    ],
    [
      'a header twice',
      { prometheus: { url: 'http://p', headers: { 'X-Key': 'a' }, headerFiles: { 'x-key': '/k' } } },
      'found x-key in headers and headerFiles, expected it once',
    ],
    [
      'a secret header without an address',
      { prometheus: { headerFiles: { 'X-Key': '/k' } } },
      'found headerFiles without url',
    ],
    ['a user without a password', { prometheus: { basic: { user: 'a' } } }, 'passwordFile'],
    [
      'two credentials',
      { prometheus: { url: 'http://p', bearerTokenFile: '/t', basic: { user: 'a', passwordFile: '/p' } } },
      'not both',
    ],
    ['a certificate without a key', { prometheus: { tls: { certFile: '/c' } } }, 'keyFile'],
    ['a token without an address', { prometheus: { bearerTokenFile: '/t' } }, 'found bearerTokenFile without url'],
    ['a tenant header without one', { prometheus: { headers: { 'X-Scope-OrgID': 'a' } } }, 'expected url'],
    ['basic authentication without one', { prometheus: { basic: { user: 'a', passwordFile: '/p' } } }, 'found basic'],
    ['a certificate without one', { prometheus: { tls: { certFile: '/c', keyFile: '/k' } } }, 'found tls.certFile'],
    ['a namespace to look in that is none', { prometheus: { discovery: { namespaces: ['a/b'] } } }, 'lower case'],
    ['a template that hides a metric', { prometheus: { templates: { cpu: { query: 'x' } } } }, 'other than cpu'],
    [
      'a template that puts an argument where it cannot be escaped',
      { prometheus: { templates: { http: { query: 'sum(x{job=$arg.job})', args: ['job'] } } } },
      'within "…"',
    ],
    [
      'a template that puts an argument where it would be a pattern',
      { prometheus: { templates: { http: { query: 'label_match(x, "job", "$arg.job")', args: ['job'] } } } },
      'found $arg.job in a string elsewhere, expected it in a label',
    ],
    [
      'a template that puts an argument into a class of characters',
      { prometheus: { templates: { http: { query: 'sum(x{job=~"[$arg.job]"})', args: ['job'] } } } },
      'found $arg.job within "[" of a pattern, expected it where it stands for itself',
    ],
    [
      "a window of a template's query without its kind",
      { prometheus: { templates: { http: { query: 'x', window: '60s' } } } },
      'expected kind beside it: rate or gauge',
    ],
    [
      "a window of a template's query that is no time",
      { prometheus: { templates: { http: { query: 'x', kind: 'rate', window: '60' } } } },
      'expected a duration such as 60s',
    ],
    ['an address of Redis that is none', { redis: { url: 'http://redis:6379' } }, 'redis://'],
    ['a password in the URL of Redis', { redis: { url: 'redis://:secret@redis:6379' } }, 'no user or password'],
    ['settings in the URL of Redis', { redis: { url: 'redis://redis:6379?family=6' } }, 'beside url'],
    ['two Redises', { redis: { url: 'redis://redis:6379', cluster: ['redis-0:6379'] } }, 'found url and cluster'],
    ['a Sentinel without a port', { redis: { sentinels: { names: ['sentinel'] } } }, 'expected host:port'],
    ['a user of Redis without a password', { redis: { url: 'redis://redis', username: 'a' } }, 'passwordFile'],
    ['a password for Sentinels that are not there', { redis: { sentinelPasswordFile: '/p' } }, 'sentinels.names'],
    ['a certificate of Redis where TLS is off', { redis: { tls: { caFile: '/ca' } } }, 'tls.enabled'],
    ['a prefix that is none', { redis: { keyPrefix: 'a:b' } }, 'lower case letters'],
    ['a collector that is dead between two heartbeats', { collector: { deadAfterSeconds: 6 } }, 'two heartbeats'],
    ['one address for everything', { http: { listen: ':8081' } }, 'another port than that of listen'],
    ['a lease that ends before its holder stops', { leaderElection: { leaseSeconds: 9 } }, '15, 10 and 2'],
  ])('refuses %s and says what would be right', (_, content, words) => {
    const found = problems(content);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
  });
});

it('every credential and header of Prometheus goes to a named address only', () => {
  const credentials = {
    bearerTokenFile: '/t',
    tls: { certFile: '/c', keyFile: '/k' },
    headers: { 'X-Scope-OrgID': 'a' },
  };
  expect(problems({ prometheus: credentials })).toEqual([
    'prometheus: found bearerTokenFile and tls.certFile and headers without url: credentials and headers go to a named address only, expected url',
  ]);
  expect(problems({ prometheus: { ...credentials, url: 'https://prometheus.example' } })).toEqual([]);
  // An authority to trust is no credential.
  expect(problems({ prometheus: { tls: { caFile: '/ca' } } })).toEqual([]);
  // Whatever is added later: what is neither an address, a query nor an authority is a credential until somebody says otherwise.
  expect(Object.keys(defaultConfig().prometheus)).toEqual([
    ...['url', 'discovery', 'bearerTokenFile', 'basic', 'tls', 'headers', 'headerFiles', 'templates'],
  ]);
});

it('the JSON schema is strict in every section and describes every setting', () => {
  interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: unknown;
    readonly description?: string;
  }
  const visit = (path: string, node: Schema): void => {
    if (node.properties === undefined) {
      const fixed = node.additionalProperties === undefined;
      if (path.includes('.') && fixed) expect(node.description, path).toBeTypeOf('string');
      return;
    }
    expect(node.additionalProperties, path).toBe(false);
    for (const [key, value] of Object.entries(node.properties)) visit(`${path}.${key}`, value);
  };
  visit('config', configJsonSchema() as Schema);
});
