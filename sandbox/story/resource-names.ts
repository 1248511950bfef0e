const account =
  /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.storage\/storageaccounts\/[^/]+/i;
const noise = /\/(providers\/[^/]+|blobServices\/default)(?=\/)/gi;

/** Id of the account that a resource is or lies in, in lower case; of anything else its own id. */
export function rootOf(id: string): string {
  return (account.exec(id)?.[0] ?? id).toLowerCase();
}

/** How people call a resource: `weights`, or `weights/checkpoints` for a container. */
export function shortName(id: string): string {
  const below = id
    .slice(rootOf(id).length)
    .split('/')
    .filter((part) => part !== '');
  const name = id.slice(0, rootOf(id).length).split('/').at(-1) ?? id;
  const container = below.at(-1);
  if (!account.test(id)) {
    return id.replace(noise, '');
  }
  return container === undefined ? name : `${name}/${container}`;
}
