/** A forward proxy that connections go through. */
export interface ForwardProxy {
  /** `http://proxy.corp.example:3128`, without user and password: the name in messages. */
  readonly url: string;
  /** The Proxy-Authorization header, where the address held a user. Never shown. */
  readonly authorization?: string;
  /** Where it was named: `HTTPS_PROXY`, `proxy-url of cluster prod`. */
  readonly from: string;
  /** NO_PROXY goes around it: it is the environment's. */
  readonly avoidable: boolean;
}
