const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const MOST_LABEL = 63;
const MOST_SUBDOMAIN = 253;

/** A DNS-1123 label, as a namespace's name is. */
export function isNamespaceName(text: string): boolean {
  return text.length <= MOST_LABEL && LABEL.test(text);
}

/** A DNS-1123 subdomain, as the names of workloads and pods are. */
export function isObjectName(text: string): boolean {
  return text.length <= MOST_SUBDOMAIN && SUBDOMAIN.test(text);
}
