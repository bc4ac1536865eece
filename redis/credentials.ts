import type { ConnectionOptions } from 'node:tls';
import { readInputText, SECRET_BYTES } from '../files/input-file.ts';
import { type RedisSettings, speaksTls } from './settings.ts';

/** What is read from files anew for each connection, so that a rotation needs no restart. */
export interface RedisCredentials {
  readonly password?: string;
  readonly sentinelPassword?: string;
  readonly tls?: ConnectionOptions;
  readonly sentinelTLS?: ConnectionOptions;
}

/** @throws InputError where a file can't be read */
export function readCredentials(settings: RedisSettings): RedisCredentials {
  const { passwordFile, sentinelPasswordFile } = settings;
  const tls = speaksTls(settings) ? tlsOptions(settings) : undefined;
  return {
    ...(passwordFile !== undefined && { password: read('redis.passwordFile', passwordFile).trim() }),
    ...(sentinelPasswordFile !== undefined && {
      sentinelPassword: read('redis.sentinelPasswordFile', sentinelPasswordFile).trim(),
    }),
    ...(tls !== undefined && { tls, sentinelTLS: tls }),
  };
}

function tlsOptions({ tls: { caFile, certFile, keyFile, serverName } }: RedisSettings): ConnectionOptions {
  return {
    minVersion: 'TLSv1.2',
    ...(caFile !== undefined && { ca: read('redis.tls.caFile', caFile) }),
    ...(certFile !== undefined && { cert: read('redis.tls.certFile', certFile) }),
    ...(keyFile !== undefined && { key: read('redis.tls.keyFile', keyFile) }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

function read(setting: string, path: string): string {
  return readInputText({ path, name: `${setting}: ${path}`, expected: 'a file of a Secret', mostBytes: SECRET_BYTES });
}
