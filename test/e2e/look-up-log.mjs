// Preload (`node --import`) that writes down which hosts a process looks up, one a line, into the file that LOOK_UP_LOG names.
import { appendFileSync } from 'node:fs';
import dns from 'node:dns';

const { lookup } = dns;

dns.lookup = (name, ...rest) => {
  appendFileSync(process.env.LOOK_UP_LOG, `${name}\n`);
  return lookup(name, ...rest);
};
