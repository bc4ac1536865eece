import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAlways, runs } from '../test/property.ts';
import { parseResourcePath, pathOf, resourcePath, serviceProxyPath } from './resource-path.ts';

describe('the path of a resource', () => {
  it('is that of a collection, an object or its subresource, in a namespace or in none', () => {
    expect(resourcePath('v1', 'pods')).toBe('/api/v1/pods');
    expect(resourcePath('v1', 'namespaces', undefined, 'shop')).toBe('/api/v1/namespaces/shop');
    expect(resourcePath('apps/v1', 'deployments', 'shop', 'web', 'scale')).toBe(
      '/apis/apps/v1/namespaces/shop/deployments/web/scale',
    );
    expect(resourcePath('v1', 'services', 'monitoring', 'https:prometheus:9090', 'proxy')).toBe(
      '/api/v1/namespaces/monitoring/services/https:prometheus:9090/proxy',
    );
  });

  it('never leads anywhere else, whatever the name: a name stays one part, or is refused', () => {
    const evil = fc.constantFrom(
      '.',
      '..',
      '',
      '../secrets',
      '%2e%2e',
      'web?watch=true',
      'web#x',
      'a/b',
      '\n',
      '*',
      ' ',
    );
    expectAlways(
      [fc.oneof(fc.string(), fc.string({ unit: 'binary' }), evil)],
      (name) => {
        let path: string;
        try {
          path = resourcePath('v1', 'pods', name, name);
        } catch {
          return name === '' || name === '.' || name === '..' || /[/%\p{Cc}\p{Cs}]/u.test(name);
        }
        const { pathname, search, hash } = new URL(`https://server${path}`);
        const parsed = parseResourcePath(pathname)!;
        const { group, version, resource, subresource } = parsed;
        const same = [parsed.namespace!, parsed.name!].every((part) => decodeURIComponent(part) === name);
        const kind = group === '' && version === 'v1' && resource === 'pods' && subresource === undefined;
        return search === '' && hash === '' && same && kind;
      },
      { numRuns: runs(5_000) },
    );
  });

  it('through the proxy to a Service stays behind it, whatever the parts of the path are', () => {
    const service = { scheme: 'https', name: 'mimir', port: 8080 };
    const root = '/api/v1/namespaces/monitoring/services/https:mimir:8080/proxy';
    expect(serviceProxyPath('monitoring', service, [])).toBe(root);
    expect(serviceProxyPath('monitoring', service, ['select', '0', 'a b?c#d'])).toBe(`${root}/select/0/a%20b%3Fc%23d`);
    const part = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('..', '.', '%2e%2e', '../x', 'a?b#c'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const evil = parts.some((one) => ['', '.', '..'].includes(one) || /[/%\p{Cc}\p{Cs}]/u.test(one));
        if (evil) return void expect(() => pathOf(parts)).toThrow('expected a name');
        const { pathname, search, hash } = new URL(`https://server${serviceProxyPath('monitoring', service, parts)}`);
        expect([search, hash]).toEqual(['', '']);
        expect(pathname.startsWith(root)).toBe(true);
        const behind = pathname.slice(root.length).split('/').slice(1);
        expect(behind.map(decodeURIComponent)).toEqual(parts);
      }),
    );
  });

  it('is made nowhere else: no program puts a name into a path by hand', () => {
    const rooms = ['actuator', 'addon', 'cli', 'collector', 'kubernetes'];
    const byHand = rooms.flatMap((room) =>
      readdirSync(room, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !/\.(test|contract)\.ts$/.test(file))
        .map((file) => join(room, file))
        .filter((file) => /`[^`\n]*\/(?:namespaces\/\$|(?:api\/v1|apis\/[\w./]+)\$)/.test(readFileSync(file, 'utf8'))),
    );
    // The encoder itself.
    expect(byHand).toEqual(['kubernetes/resource-path.ts']);
  });
});
