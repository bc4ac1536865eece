import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { InputError, WorldError } from '../../core/errors.ts';

/*
 * Addresses that no metric server has and that hand out a cloud's credentials to whoever asks from inside it: the
 * instance metadata services and everything else link-local (server-side request forgery).
 */
const REFUSED = new BlockList();
REFUSED.addSubnet('169.254.0.0', 16, 'ipv4');
REFUSED.addAddress('100.100.100.200', 'ipv4'); // Alibaba Cloud's metadata
REFUSED.addAddress('192.0.0.192', 'ipv4'); // Oracle Cloud's
REFUSED.addSubnet('fe80::', 10, 'ipv6');
REFUSED.addAddress('fd00:ec2::254', 'ipv6'); // AWS's over IPv6
REFUSED.addAddress('fd20:ce::254', 'ipv6'); // Google Cloud's over IPv6
REFUSED.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6'); // 169.254.0.0/16 through NAT64

/** Their names, which a forward proxy would resolve where its own machine's metadata are. */
const REFUSED_NAMES: readonly string[] = [
  'metadata.google.internal',
  'metadata.goog',
  'metadata',
  'instance-data.ec2.internal',
  'instance-data',
  'metadata.tencentyun.com',
];

/** Whether an IP address (without brackets; IPv4-mapped IPv6 included) is one of the refused. */
export function isRefusedAddress(address: string): boolean {
  const version = isIP(address.split('%')[0]!);
  return version !== 0 && REFUSED.check(address.split('%')[0]!, version === 6 ? 'ipv6' : 'ipv4');
}

/** @throws InputError where the URL's host is itself a refused address, or the name of one */
export function refuseAddressOf(url: URL): void {
  // URL has normalized 0xa9fea9fe, 2852039166 and the like; a socket is not looked up for a literal, so it is checked here.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const name = host.toLowerCase().replace(/\.$/, '');
  if (isRefusedAddress(host) || REFUSED_NAMES.includes(name)) throw new InputError(refusal(host, host));
}

/** The name has a refused address now; error code of the connection attempt. */
export const REFUSED_CODE = 'PRESCALE_REFUSED_ADDRESS';

type Resolve = (
  host: string,
  options: { all: true; family?: number | undefined; hints?: number | undefined },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A `lookup` for sockets: the address that was checked is the one that the socket then connects to, so a name server that
 * answers otherwise a moment later (DNS rebinding) changes nothing. One refused address among several refuses all.
 */
export function checkedLookup(resolve: Resolve = dnsLookup as Resolve): LookupFunction {
  return (host, options, callback) => {
    const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : options.family;
    resolve(host, { all: true, family, hints: options.hints }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const refused = addresses.find(({ address }) => isRefusedAddress(address));
      if (refused) {
        const found = Object.assign(new WorldError(refusal(host, refused.address)), { code: REFUSED_CODE });
        return callback(found, '', 0);
      }
      const [first] = addresses;
      if (options.all) return callback(null, addresses);
      if (!first) return callback(Object.assign(new Error(`no address of ${host}`), { code: 'ENOTFOUND' }), '', 0);
      return callback(null, first.address, first.family);
    });
  };
}

function refusal(host: string, address: string): string {
  const which = host === address ? address : `${host} (${address})`;
  return `${which} is a link-local or cloud metadata address, which is never asked; expected the address of a metric server`;
}
