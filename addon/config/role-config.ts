import { z } from 'zod';
import { name, optionalText } from './setting-text.ts';

/*
 * The settings of the roles in processes of their own, and of the Redis in which they meet. One process with all roles
 * (`prescale run`) reads none of them.
 */

const HOST_PORT = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?):\d{1,5}$/;
const hostPort = z.string().regex(HOST_PORT, 'expected host:port, such as redis-0.redis:6379');
const seconds = (most: number) => z.number().gt(0).max(most);

const redisUrl = z
  .string()
  .superRefine((text, context) => {
    if (text === '') return;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^(\/\d*)?$/.test(url.pathname)) {
      context.addIssue('expected a URL such as redis://redis.scaling:6379, or rediss:// for TLS, or "" for none');
    } else if (url.username !== '' || url.password !== '') {
      context.addIssue('expected no user or password in the URL: username and passwordFile hold them');
    } else if (url.search !== '' || url.hash !== '') {
      context.addIssue('expected nothing after the address: the other settings under redis stand beside url');
    }
  })
  .transform((text) => (text === '' ? undefined : text))
  .prefault('')
  .describe('Address of a single Redis, redis://host:6379 or rediss://; roles in processes of their own need one');

export const redis = z
  .strictObject({
    url: redisUrl,
    sentinels: z
      .strictObject({
        names: z.array(hostPort).prefault([]).describe('Sentinels (host:port) that know where the master is'),
        master: z.string().min(1).prefault('mymaster').describe('Name of the master that the Sentinels watch'),
      })
      .prefault({}),
    cluster: z.array(hostPort).prefault([]).describe('Some nodes (host:port) of a Redis Cluster'),
    username: optionalText('ACL user; "" is the default one'),
    passwordFile: optionalText('File with the password; read again with every new connection'),
    sentinelPasswordFile: optionalText('File with the password of the Sentinels'),
    macKeyFile: optionalText(
      'File with a secret of 32 characters or more; what is stored without a MAC by it is not used',
    ),
    tls: z
      .strictObject({
        enabled: z.boolean().prefault(false).describe('Speak TLS, as rediss:// does'),
        caFile: optionalText('Certificate authorities (PEM) to trust instead of the system ones'),
        certFile: optionalText('Client certificate (PEM)'),
        keyFile: optionalText('Key of the client certificate (PEM)'),
        serverName: optionalText('Name that the certificate has to be for; "" is the host'),
      })
      .superRefine(({ certFile, keyFile }, context) => {
        if ((certFile === undefined) !== (keyFile === undefined)) {
          context.addIssue('expected certFile and keyFile together, or neither');
        }
      })
      .prefault({}),
    keyPrefix: name('a prefix').prefault('prescale').describe('Every key begins with it: two releases, two prefixes'),
    connectSeconds: seconds(60).prefault(5).describe('Longest time to connect'),
    commandSeconds: seconds(60).prefault(5).describe('A command without an answer for so long has failed'),
  })
  .superRefine(({ url, sentinels, cluster, username, passwordFile, sentinelPasswordFile, tls }, context) => {
    const addresses = [
      ...(url === undefined ? [] : ['url']),
      ...(sentinels.names.length === 0 ? [] : ['sentinels']),
      ...(cluster.length === 0 ? [] : ['cluster']),
    ];
    if (addresses.length > 1) {
      context.addIssue(`expected one of url, sentinels and cluster, and found ${addresses.join(' and ')}`);
    }
    if (username !== undefined && passwordFile === undefined) context.addIssue('expected passwordFile with username');
    if (sentinelPasswordFile !== undefined && sentinels.names.length === 0) {
      context.addIssue('expected sentinels.names with sentinelPasswordFile');
    }
    const given = Object.values(tls).some((value) => typeof value === 'string');
    if (given && !tls.enabled && !url?.startsWith('rediss:')) {
      context.addIssue('expected tls.enabled: true where files or a name for TLS are given');
    }
  })
  .prefault({});

export const collector = z
  .strictObject({
    heartbeatSeconds: seconds(60).prefault(5).describe('Time between two heartbeats of a collector'),
    deadAfterSeconds: seconds(600)
      .prefault(15)
      .describe('Others take the share of a collector that was silent so long'),
    batchSize: z.int().min(1).max(1000).prefault(200).describe('Workloads that one query to Prometheus asks for'),
    concurrency: z.int().min(1).max(64).prefault(4).describe('Queries to Prometheus under way at once'),
    backfillsAtOnce: z.int().min(1).max(64).prefault(4).describe('New metrics whose past is being read at once'),
  })
  .superRefine(({ heartbeatSeconds, deadAfterSeconds }, context) => {
    if (deadAfterSeconds >= 2 * heartbeatSeconds) return;
    context.addIssue('expected deadAfterSeconds to be at least two heartbeats, such as 15 with heartbeatSeconds 5');
  })
  .prefault({});

export const forecaster = z
  .strictObject({
    concurrency: z.int().min(1).max(64).prefault(1).describe('Fits at once in a forecaster, each on a thread'),
    lockSeconds: seconds(600).prefault(20).describe('Another takes the job of a forecaster that was silent so long'),
    jobSeconds: seconds(3600).prefault(60).describe('A fit that takes longer is ended and has failed'),
    attempts: z.int().min(1).max(100).prefault(5).describe('Attempts before a fit has failed (prescale jobs --failed)'),
    backoffSeconds: seconds(3600).prefault(2).describe('Wait before the second try; it doubles with each'),
    perSecond: z.number().min(0).prefault(0).describe('Fits a second over all forecasters; 0 is without limit'),
  })
  .prefault({});
