import { isDeepStrictEqual } from 'node:util';
import type { Observer } from '../contract/observer.ts';
import type { ArmResource, Finding, Observation } from '../contract/observation.ts';
import type { Remediator } from '../contract/remediator.ts';
import { parseResourceId, type ResourceId } from '../resource-id.ts';
import { redact } from '../text/secrets.ts';
import { at, type PreviewBody, type Place } from './body.ts';
import type { Found } from './found.ts';

/** The part of an observer that is needed to judge bodies that somebody else has read. */
export type RootShape = Pick<Observer, 'parts' | 'rootOf'>;

export interface FinderOptions {
  readonly remediators: readonly Remediator[];
  readonly roots: readonly RootShape[];
  /** True if a drift in such a body counts as witnessed. */
  readonly isWitnessed: (body: PreviewBody) => boolean;
}

/** Counts of the resources and records that were read. */
export interface FinderCounts {
  /** Resources that a control judges. */
  readonly judged: number;
  /** Resources of types that no control judges. */
  readonly others: number;
  /** Resources of a deployment without a target. */
  readonly unplaced: number;
  /** Records that cannot be read, or that contradict another record: nothing is known of them. */
  readonly unreadable: number;
}

interface Waiting {
  readonly body: PreviewBody;
  readonly root: string;
  readonly remediators: readonly Remediator[];
}

/**
 * Judges bodies as they arrive, in any order. A child that cannot be judged without its root waits for it. Roots,
 * waiting children and findings are kept in memory.
 */
export class Finder {
  readonly #options: FinderOptions;
  readonly #found: Found[] = [];
  readonly #roots = new Map<string, PreviewBody>();
  readonly #children = new Map<string, PreviewBody>();
  readonly #waiting: Waiting[] = [];
  /** Lower-case ids of resources whose drift was found elsewhere. */
  readonly #told = new Set<string>();
  /** Bodies that differ from an earlier one of the same resource, by lower-case id: neither can be judged. */
  readonly #contradicted = new Map<string, PreviewBody>();
  #others = 0;
  #unreadable = 0;
  #unplaced = 0;

  constructor(options: FinderOptions) {
    this.#options = options;
  }

  /** @throws RemediationError `malformed-input` for an id that cannot be read */
  add(body: PreviewBody): void {
    const id = this.#mayBeJudged(body.resource.id) ? parseResourceId(body.resource.id) : undefined;
    const root = id && this.#rootOf(id);
    const remediators = id === undefined ? [] : this.#remediatorsFor(id);
    if (id === undefined || root === undefined || remediators.length === 0) {
      this.#others += 1;
      return;
    }
    const known = root.key === id.key ? this.#roots : this.#children;
    const before = known.get(id.key);
    if (before !== undefined) {
      if (!isDeepStrictEqual(before.resource, body.resource)) {
        this.#contradicted.set(id.key, body);
      }
      return;
    }
    known.set(id.key, body);
    this.#unplaced += body.isUnplaced ? 1 : 0;
    const isRoot = root.key === id.key;
    const late = remediators.filter((each) => !this.#judge(each, body, isRoot ? body.resource : undefined));
    if (late.length > 0) {
      this.#waiting.push({ body, root: root.key, remediators: late });
    }
  }

  /** Adds a drift or unknown that was found elsewhere. */
  addFound(found: Found): void {
    if (found.kind === 'drifted') {
      this.#told.add(found.resource.toLowerCase());
    }
    this.#unreadable += found.kind === 'unknown' && found.isUnreadable === true ? 1 : 0;
    this.#found.push(found);
  }

  /** Adds an unreadable record: nothing is known of its resource. */
  addUnreadable(what: string, why: string, place: Place): void {
    this.addFound({ kind: 'unknown', resource: what, control: undefined, why, isUnreadable: true, place });
  }

  /** Every finding, once all bodies were added. */
  finish(): { readonly found: readonly Found[]; readonly seen: FinderCounts } {
    for (const { body, root, remediators } of this.#waiting.splice(0)) {
      const owner = this.#contradicted.has(root) ? undefined : this.#roots.get(root)?.resource;
      for (const remediator of remediators) {
        if (owner === undefined || !this.#judge(remediator, body, owner)) {
          const what = parseResourceId(root).name;
          const why = this.#contradicted.has(root) ? 'is given twice, and differently' : 'was not given';
          this.#unknown(body, remediator, `"${what}", to which it belongs, ${why}`);
        }
      }
    }
    const judged = new Set([...this.#roots.keys(), ...this.#children.keys(), ...this.#told]);
    return {
      found: this.#withoutContradicted(),
      seen: {
        judged: judged.size,
        others: this.#others,
        unplaced: this.#unplaced,
        unreadable: this.#unreadable + this.#contradicted.size,
      },
    };
  }

  /** Nobody knows which of two differing bodies is right: neither is judged, and the findings say so. */
  #withoutContradicted(): readonly Found[] {
    const isSure = ({ resource }: Found): boolean => !this.#contradicted.has(keyOf(resource));
    const contradicted = [...this.#contradicted].map(([key, { resource, place }]): Found => {
      const first = (this.#roots.get(key) ?? this.#children.get(key))?.place ?? place;
      const why = `it stands otherwise in ${at(first)}; expected it once`;
      return { kind: 'unknown', resource: resource.id, control: undefined, why, place };
    });
    return [...this.#found.filter(isSure), ...contradicted];
  }

  /** Returns false if the root is needed to judge. */
  #judge(remediator: Remediator, body: PreviewBody, root: ArmResource | undefined): boolean {
    const { resource, isComplete } = body;
    const observation: Observation = { resource, root, isComplete };
    let finding: Finding;
    try {
      finding = remediator.detect(observation);
    } catch (error) {
      this.#unreadable += 1;
      this.#unknown(body, remediator, unreadable(error));
      return true;
    }
    switch (finding.kind) {
      case 'needs-root':
        return false;
      case 'unknown':
        this.#unknown(body, remediator, `${finding.path} is not known${whyNot(body)}`);
        return true;
      case 'drifted':
        this.#found.push({
          kind: 'drifted',
          resource: resource.id,
          remediator,
          observation,
          drift: finding,
          severity: finding.severity ?? remediator.meta.severity,
          witnessed: this.#options.isWitnessed(body),
          place: body.place,
        });
        return true;
      case 'in-sync':
      case 'not-applicable':
        return true;
    }
  }

  #unknown(body: PreviewBody, { meta }: Remediator, why: string): void {
    this.#found.push({
      kind: 'unknown',
      resource: body.resource.id,
      control: meta.id,
      why,
      place: body.place,
    });
  }

  /**
   * True if a control may judge the resource. An id without one of the guarded types is of no use here, readable or
   * not.
   */
  #mayBeJudged(id: string): boolean {
    const path = id.toLowerCase();
    const types = this.#options.roots.flatMap(({ parts }) => [...parts.keys()]);
    return path.startsWith('/subscriptions/') && types.some((type) => path.includes(`/providers/${type}`));
  }

  #rootOf(id: ResourceId): ResourceId | undefined {
    for (const { rootOf } of this.#options.roots) {
      const root = rootOf(id);
      if (root !== undefined) {
        return root;
      }
    }
    return undefined;
  }

  #remediatorsFor(id: ResourceId): readonly Remediator[] {
    const type = id.type.toLowerCase();
    const parts = this.#options.roots.map(({ parts: known }) => known.get(type));
    return this.#options.remediators.filter(({ meta }) => parts.includes(meta.part));
  }
}

function whyNot({ source, resource }: PreviewBody): string {
  switch (source) {
    case 'predicted':
      return ' before it is deployed';
    case 'resource-graph':
      return ': Resource Graph may leave it out';
    case 'resource-manager':
      return Object.keys(resource.properties as object).length === 0
        ? ': the body has no properties (the generic list of resources gives none)'
        : ': this answer leaves it out; read the resource with a newer api-version';
  }
}

function keyOf(resource: string): string {
  return resource.toLowerCase().replace(/\/$/, '');
}

function unreadable(error: unknown): string {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'it cannot be judged';
  return redact(message);
}
