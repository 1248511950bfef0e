import { defined } from '../defined.ts';
import { RemediationError } from '../errors.ts';

/** One JSON object of a text, or the object around a list of them. Lines, and objects on one line, count from 1. */
export type JsonRecord =
  | {
      readonly kind: 'record';
      readonly text: string;
      readonly line: number;
      /** Number of the object among those that begin on its line. */
      readonly item: number;
      readonly list?: ListName;
    }
  /** The object that held a list, without the list's members: it may say that more pages follow. */
  | { readonly kind: 'page'; readonly text: string; readonly line: number };

/** Lists whose members are records: a page of Resource Manager, of Resource Graph, a snapshot of a deployment. */
const listNames = ['value', 'data', 'predictedResources'] as const;
export type ListName = (typeof listNames)[number];
const beforeList = new RegExp(`"(${listNames.join('|')})"\\s*:\\s*$`);

/** No resource is nearly as long. A file without an end must not be read into memory whole. */
const longestRecord = 64 * 1024 * 1024;

/**
 * Cuts a text into its records as it arrives: an array, a page with a list, one object, or one object a line. The
 * content of a record is not checked.
 */
export class JsonRecords {
  readonly #name: string;
  #chunk = '';
  #done: JsonRecord[] = [];
  #line = 1;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #top: 'array' | 'object' | undefined;
  #list: ListName | undefined;
  #hadList = false;
  /** Offset in this chunk from which text is captured; undefined while nothing is. */
  #from: number | undefined;
  #captured = '';
  #startedAt = 1;
  /** Line of the record before, and its number on that line. */
  #before = { line: 0, item: 0 };
  /** The text around the list that is being read. */
  #shell = { text: '', line: 1 };

  /** `name` names the text in messages. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Takes more text, and returns the records that ended in it. @throws RemediationError `malformed-input` */
  push(chunk: string): readonly JsonRecord[] {
    this.#chunk = chunk;
    this.#done = [];
    for (let at = 0; at < chunk.length; at += 1) {
      this.#take(chunk.charAt(at), at);
    }
    if (this.#from !== undefined) {
      this.#captured += chunk.slice(this.#from);
      this.#from = 0;
      if (this.#captured.length > longestRecord) {
        throw this.#fault('the record is longer than any resource');
      }
    }
    return this.#done;
  }

  /** Ends the text. @throws RemediationError `malformed-input` if it ends inside a record or list */
  end(): void {
    if (this.#depth > 0) {
      throw this.#fault('the file ends in the middle');
    }
  }

  #take(char: string, at: number): void {
    if (char === '\n') {
      this.#line += 1;
    }
    if (this.#isInString) {
      this.#takeInString(char);
    } else if (char === '{' || char === '[') {
      this.#open(char, at);
    } else if (char === '}' || char === ']') {
      this.#close(at);
    } else if (!/[\s,]/.test(char)) {
      this.#takeScalar(char);
    }
  }

  #takeInString(char: string): void {
    if (this.#isEscaped) {
      this.#isEscaped = false;
    } else if (char === '\\') {
      this.#isEscaped = true;
    } else if (char === '"') {
      this.#isInString = false;
    }
  }

  #takeScalar(char: string): void {
    if (this.#depth === this.#recordDepth) {
      throw this.#fault('expected resources as JSON objects');
    }
    this.#isInString = char === '"';
  }

  /** The depth at which records begin. */
  get #recordDepth(): number {
    if (this.#list !== undefined) {
      return 2;
    }
    return this.#top === 'array' ? 1 : 0;
  }

  #open(char: '{' | '[', at: number): void {
    if (this.#depth === 0 && char === '[') {
      this.#top = 'array';
    } else if (this.#depth === this.#recordDepth) {
      if (char === '[') {
        throw this.#fault('expected resources as JSON objects');
      }
      this.#top ??= 'object';
      this.#capture(at);
    } else if (char === '[' && this.#depth === 1 && this.#top === 'object') {
      this.#openList(at);
    }
    this.#depth += 1;
  }

  /** Begins to read the members of a list, if its name is one of `listNames`. */
  #openList(at: number): void {
    const before = this.#captured + this.#chunk.slice(this.#from ?? at, at);
    const name = listNames.find((each) => each === beforeList.exec(before.slice(-200))?.[1]);
    if (name !== undefined) {
      this.#shell = { text: `${before}[`, line: this.#startedAt };
      this.#from = undefined;
      this.#list = name;
      this.#hadList = true;
    }
  }

  #close(at: number): void {
    this.#depth -= 1;
    if (this.#depth < 0) {
      throw this.#fault('expected JSON');
    }
    const list = this.#list;
    if (list !== undefined && this.#depth === 1) {
      this.#list = undefined;
      this.#capture(at, this.#shell.text, this.#shell.line);
    } else if (this.#depth === this.#recordDepth && this.#from !== undefined) {
      this.#emit(at, list);
    }
    if (this.#depth === 0) {
      this.#top = undefined;
      this.#hadList = false;
    }
  }

  #capture(at: number, before = '', line = this.#line): void {
    this.#captured = before;
    this.#from = at;
    this.#startedAt = line;
  }

  #emit(at: number, list: ListName | undefined): void {
    const text = this.#captured + this.#chunk.slice(this.#from, at + 1);
    const line = this.#startedAt;
    this.#from = undefined;
    this.#captured = '';
    if (list === undefined && this.#hadList) {
      this.#done.push({ kind: 'page', text, line });
    } else {
      const item = this.#before.line === line ? this.#before.item + 1 : 1;
      this.#before = { line, item };
      this.#done.push({ kind: 'record', text, line, item, ...defined({ list }) });
    }
  }

  #fault(what: string): RemediationError {
    return new RemediationError(
      'malformed-input',
      `Cannot read "${this.#name}": line ${this.#line}: ${what}`,
    );
  }
}
