import { z } from 'zod';
import { templateProblems } from '../collector/query-templates.ts';
import { InputError } from '../core/errors.ts';
import { parseSeconds } from '../core/quantity.ts';
import { collector, forecaster, redis } from './role-config.ts';
import { name, optionalText } from './setting-text.ts';

/*
 * The one place where the addon's settings, their defaults and their descriptions live. The chart's values hold the same
 * tree under `config`, its JSON schema and the table in docs/install.md are made from this file; tests compare them.
 * Addresses, paths and credentials come from here only, never from an annotation.
 */

const prometheusUrl = z
  .string()
  .superRefine((text, context) => {
    if (text === '') return;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) {
      context.addIssue('expected a URL such as http://prometheus.monitoring:9090, or "" to find one');
    } else if (url.username !== '' || url.password !== '') {
      context.addIssue('expected no user or password in the URL: basic.user and basic.passwordFile hold them');
    }
  })
  .transform((text) => (text === '' ? undefined : text))
  .prefault('')
  .describe('Address of Prometheus or whatever has its HTTP API; "" looks for one among the Services of the cluster');

const headers = z
  .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of an HTTP header'), z.string())
  .superRefine((all, context) => {
    for (const header of Object.keys(all)) {
      if (/^(?:proxy-)?authorization$/i.test(header)) {
        context.addIssue({
          code: 'custom',
          path: [header],
          message:
            'expected no credential here, where everybody who reads ConfigMaps sees it: use bearerTokenFile or basic',
        });
      }
    }
  })
  .prefault({})
  .describe('Further request headers, such as X-Scope-OrgID; no credentials');

const template = z
  .strictObject({
    query: z.string().min(1, 'expected PromQL').describe('PromQL'),
    args: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected an argument name such as service'))
      .prefault([])
      .describe(
        'Names of the arguments that an annotation gives, $arg.<name> in the query; $namespace, $name and $kind come from the object',
      ),
    unit: z.string().prefault('').describe('What the number counts, for messages: req/s'),
    kind: z
      .enum(['rate', 'gauge'])
      .optional()
      .describe('Rates of counters, or a gauge; left out, it is told from the query'),
    window: z
      .string()
      .optional()
      .describe('Time over which kind is averaged, 60s; left out, it is told from the query; a gauge may have none'),
  })
  .superRefine((given, context) => {
    const { kind, window } = given;
    if (window !== undefined && !(parseSeconds(window)! > 0)) {
      context.addIssue({ code: 'custom', path: ['window'], message: 'expected a duration such as 60s' });
    } else if (window !== undefined && kind === undefined) {
      context.addIssue({ code: 'custom', path: ['window'], message: 'expected kind beside it: rate or gauge' });
    }
    for (const problem of templateProblems(given)) {
      // A semicolon stands between problems.
      context.addIssue({ code: 'custom', path: ['query'], message: problem.replaceAll('; ', ', ') });
    }
  });

const prometheus = z
  .strictObject({
    url: prometheusUrl,
    bearerTokenFile: optionalText('File with a bearer token; read again when it changes'),
    basic: z
      .strictObject({
        user: optionalText('User of basic authentication'),
        userFile: optionalText('File with the user, instead of user'),
        passwordFile: optionalText('File with the password'),
      })
      .superRefine(({ user, userFile, passwordFile }, context) => {
        if (user !== undefined && userFile !== undefined) context.addIssue('expected user or userFile, not both');
        const hasUser = user !== undefined || userFile !== undefined;
        if (hasUser !== (passwordFile !== undefined)) {
          context.addIssue('expected a user (user or userFile) together with passwordFile, or neither');
        }
      })
      .prefault({}),
    tls: z
      .strictObject({
        caFile: optionalText('Certificate authorities (PEM) to trust instead of the system ones'),
        certFile: optionalText('Client certificate (PEM)'),
        keyFile: optionalText('Key of the client certificate (PEM)'),
      })
      .superRefine(({ certFile, keyFile }, context) => {
        if ((certFile === undefined) !== (keyFile === undefined)) {
          context.addIssue('expected certFile and keyFile together, or neither');
        }
      })
      .prefault({}),
    headers,
    templates: z
      .record(
        name("a template's name").refine(
          (text) => !['cpu', 'memory', 'gpu', 'query'].includes(text),
          'expected a name other than cpu, memory, gpu and query',
        ),
        template,
      )
      .prefault({})
      .describe('PromQL that workloads may choose by name, and all that they may choose'),
  })
  .superRefine(({ bearerTokenFile, basic }, context) => {
    if (bearerTokenFile !== undefined && basic.passwordFile !== undefined) {
      context.addIssue('expected bearerTokenFile or basic, not both');
    }
  })
  .prefault({});

const kind = z.strictObject({
  apiVersion: z
    .string()
    .regex(/^([a-z0-9.-]+\/)?v[0-9][a-z0-9]*$/, 'expected a version such as apps/v1')
    .describe('Group and version, apps/v1'),
  kind: z
    .string()
    .regex(/^[A-Z][A-Za-z0-9]*$/, 'expected a kind such as Deployment')
    .describe('Kind, Deployment'),
  resource: optionalText('Its name in URLs and roles where that is not the kind in lower case with an s').refine(
    (text) => text === undefined || /^[a-z0-9]+$/.test(text),
    'expected a resource such as deployments',
  ),
});

const limits = z
  .strictObject({
    maxReplicas: z.int().min(1).prefault(1000).describe('No workload gets more replicas, whatever its annotation says'),
    allowRawQueries: z
      .boolean()
      .prefault(false)
      .describe(
        'Workloads may bring PromQL of their own: who annotates then reads all of Prometheus (docs/security.md)',
      ),
    writesPerSecond: z.number().gt(0).prefault(150).describe('Changes of replicas a second, over all workloads'),
    concurrency: z.int().min(1).prefault(32).describe('Changes of replicas under way at once'),
    workloadsPerNamespace: z.int().min(1).prefault(1000).describe('Workloads of one namespace that are looked after'),
    fleetBreakerPercent: z
      .number()
      .gt(0)
      .max(100)
      .prefault(20)
      .describe('Share of the workloads that may lose more than half of their pods within five minutes; more is held'),
  })
  .prefault({});

const leaderElection = z
  .strictObject({
    enabled: z.boolean().prefault(true).describe('Of several replicas one acts; without it run one replica only'),
    namespace: optionalText('Where the Lease is; "" is the namespace that Prescale runs in'),
    lease: name('the name of the Lease').prefault('prescale').describe('Name of the Lease'),
    leaseSeconds: z.number().gt(0).prefault(15).describe('How long a silent leader is still believed in'),
    renewSeconds: z.number().gt(0).prefault(10).describe('A leader that could not renew for so long stops acting'),
    retrySeconds: z.number().gt(0).prefault(2).describe('Time between two tries to get or renew the Lease'),
  })
  .superRefine(({ leaseSeconds, renewSeconds, retrySeconds }, context) => {
    // client-go's own conditions: the old leader must have stopped before another may start.
    if (leaseSeconds > renewSeconds && renewSeconds > 1.2 * retrySeconds) return;
    context.addIssue('expected leaseSeconds > renewSeconds > 1.2 × retrySeconds, such as 15, 10 and 2');
  })
  .prefault({});

const network = z
  .strictObject({
    use: z
      .enum(['trained', 'shipped', 'none'])
      .prefault('trained')
      .describe(
        "Network that is rehearsed beside each workload's own regression: the newest trained here, the shipped one, or none",
      ),
    training: z
      .strictObject({
        enabled: z
          .boolean()
          .prefault(true)
          .describe('Train it each night on the histories of this cluster, where TensorFlow.js is installed'),
        hourUtc: z.int().min(0).max(23).prefault(2).describe('Hour of the day, UTC, at which the training begins'),
        workloads: z.int().min(1).max(100_000).prefault(1000).describe('Workloads that are learned from, at most'),
        minutes: z.number().gt(0).max(600).prefault(15).describe('A training that takes longer is ended'),
        memoryMb: z
          .int()
          .min(128)
          .max(65_536)
          .prefault(384)
          .describe('A training that takes more memory is ended, and none is begun where less is free, MB'),
      })
      .prefault({}),
  })
  .prefault({});

const schema = z.strictObject({
  namespaces: z
    .array(name('a namespace'))
    .prefault([])
    .describe('Namespaces to look after, with rights in these only; [] is all'),
  kinds: z
    .array(kind)
    .min(1, 'expected at least one kind')
    .prefault([
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      { apiVersion: 'apps/v1', kind: 'StatefulSet' },
    ])
    .describe('Kinds that may be annotated; each has a scale subresource'),
  defaults: z
    .strictObject({
      mode: z
        .enum(['observe', 'auto', 'predictive', 'reactive'])
        .prefault('observe')
        .describe('Mode of a workload that names none; observe decides, shows it, and changes nothing'),
      unmetTarget: z
        .string()
        .regex(/^\d+(\.\d+)?(bp|%)$/, 'expected a share such as 1bp or 0.01%')
        .prefault('1bp')
        .describe('Share of the demand that may find no Ready pod: 1bp is 0.01%'),
    })
    .transform(({ mode, unmetTarget }) => ({ mode, unmetTargetBp: basisPoints(unmetTarget) }))
    .refine(({ unmetTargetBp: bp }) => !(bp <= 0 || bp > 10_000), {
      path: ['unmetTarget'],
      error: 'expected more than 0 and at most 100%',
    })
    .prefault({}),
  limits,
  takeOverHpa: z
    .strictObject({
      enabled: z.boolean().prefault(false).describe('Workloads may name an HPA whose minReplicas is raised'),
    })
    .prefault({}),
  deletionCost: z
    .strictObject({
      enabled: z.boolean().prefault(false).describe('Pods of virtual nodes are marked to be removed first'),
    })
    .prefault({}),
  prometheus,
  resourceMetrics: z
    .strictObject({
      enabled: z
        .union([z.literal('auto'), z.boolean()])
        .prefault('auto')
        .describe('Use metrics.k8s.io: auto is where no Prometheus answers'),
    })
    .prefault({}),
  leaderElection,
  store: z
    .strictObject({
      folder: z.string().min(1).prefault('/var/lib/prescale').describe('Where history and start-up times are kept'),
      retentionDays: z
        .number()
        .min(7)
        .max(60)
        .prefault(8)
        .describe('Days of history kept; a week is what seasons need'),
    })
    .prefault({}),
  http: z
    .strictObject({
      listen: z
        .string()
        .regex(/^(\S*):\d{1,5}$/, 'expected host:port, or :8080 for all addresses')
        .prefault(':8080')
        .describe('Address of /metrics, /healthz and /readyz'),
      probeListen: z
        .string()
        .regex(/^(\S*):\d{1,5}$/, 'expected host:port, or :8081 for all addresses')
        .prefault(':8081')
        .describe('Address of /healthz and /readyz alone, for the kubelet'),
    })
    .refine(({ listen, probeListen }) => listen !== probeListen || listen.endsWith(':0'), {
      path: ['probeListen'],
      message: 'expected another port than that of listen',
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error'])
        .prefault('info')
        .describe('Least level that is logged'),
    })
    .prefault({}),
  kubernetes: z
    .strictObject({
      qps: z.number().gt(0).prefault(200).describe('Requests a second to the API server, in the long run'),
      burst: z.int().min(1).prefault(400).describe('Requests that may go at once after a quiet time'),
    })
    .prefault({}),
  forecast: z
    .strictObject({
      workers: z.int().min(0).max(64).prefault(1).describe('Threads that fit models; 0 fits in the main one'),
      refitHours: z.number().gt(0).max(20).prefault(3).describe('Hours between two fits of a workload'),
    })
    .prefault({}),
  network,
  redis,
  collector,
  forecaster,
});

function basisPoints(share: string): number {
  return Number.parseFloat(share) * (share.endsWith('%') ? 100 : 1);
}

/** The addon's settings, complete: what was not given has its default, what was '' is undefined. */
export type AddonConfig = z.output<typeof schema>;
export type KindConfig = AddonConfig['kinds'][number];

/**
 * Checks the parsed content of a configuration file (undefined or null: an empty file) and fills in the defaults.
 * @param file its name in messages
 * @throws InputError with every problem at once, each with its path
 */
export function addonConfig(content: unknown, file: string): AddonConfig {
  const result = schema.safeParse(content ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(problemText);
  throw new InputError(`${file}: ${problems.join('; ')}`);
}

/** `kinds[0].apiVersion: expected a version such as apps/v1` */
function problemText(issue: z.core.$ZodIssue): string {
  const place = issue.path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text === '' ? '' : `${text}.`}${String(key)}`),
    '',
  );
  // What is wrong with a key of a record stands one level deeper.
  const message = (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
  return `${place === '' ? '' : `${place}: `}${message.replace(/^Invalid input: /, '')}`;
}

/** Whether there is an address of a Redis. */
export function namesRedis({ redis }: AddonConfig): boolean {
  return redis.url !== undefined || redis.sentinels.names.length > 0 || redis.cluster.length > 0;
}

/**
 * For the roles that are processes of their own (collector, forecaster, actuator): without Redis they can't talk.
 * @throws InputError where no address of Redis is given
 */
export function requireRedis(config: AddonConfig, file: string): void {
  if (namesRedis(config)) return;
  throw new InputError(`${file}: redis: expected url, sentinels.names or cluster, as this role works over Redis`);
}

/** All defaults. */
export function defaultConfig(): AddonConfig {
  return addonConfig({}, 'the defaults');
}

/** The kind's name in URLs and roles: `deployments`. */
export function resourceOf({ kind: name, resource }: Pick<KindConfig, 'kind' | 'resource'>): string {
  return resource ?? `${name.toLowerCase()}s`;
}

/** JSON Schema of what a person writes; the chart's values.schema.json holds it under `config`. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // Every whole number is below this: it says nothing to a reader.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return rest;
}
