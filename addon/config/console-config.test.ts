import { describe, expect, it } from 'vitest';
import { addonConfig } from './config.ts';

const read = (console: object) => addonConfig({ console }, 'config.yaml').console;

describe('the console', () => {
  it('listens on loopback, for whoever may forward a port there', () => {
    expect(read({})).toEqual({ enabled: true, listen: '127.0.0.1:8082', auth: 'none' });
    for (const listen of ['127.0.0.1:0', 'localhost:9000', '[::1]:8082']) expect(read({ listen }).listen).toBe(listen);
  });

  it.each([':8082', '0.0.0.0:8082', '[::]:8082', '10.1.2.3:8082', '127.0.0.1.evil.example:8082', 'localhost.evil:1'])(
    'beyond loopback without tokens is refused, with what would be right: %s',
    (listen) => {
      expect(() => read({ listen })).toThrow(
        /^config\.yaml: console\.listen: expected an address on loopback, .* or auth: token/,
      );
      expect(read({ listen, auth: 'token' }).auth).toBe('token');
      expect(read({ listen, enabled: false }).enabled).toBe(false);
    },
  );
});
