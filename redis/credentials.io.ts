import type { ConnectionOptions } from 'node:tls';
import { InputError } from '../core/errors.ts';
import { readInputText, SECRET_BYTES } from '../files/input-file.io.ts';
import { type RedisSettings, speaksTls } from './settings.ts';
import { LEAST_KEY_BYTES } from './value-mac.ts';

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

/** The key of the MACs over what is stored; undefined: no file is given. @throws InputError where it can't be read, or is too short */
export function readMacKey({ macKeyFile }: RedisSettings): Uint8Array | undefined {
  if (macKeyFile === undefined) return undefined;
  const key = Buffer.from(read('redis.macKeyFile', macKeyFile).trim(), 'utf8');
  if (key.length >= LEAST_KEY_BYTES) return key;
  throw new InputError(
    `redis.macKeyFile: found ${key.length} bytes in ${macKeyFile}; expected a random text of ${LEAST_KEY_BYTES} at least, such as \`openssl rand -base64 32\` makes`,
  );
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
