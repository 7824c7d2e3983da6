import { SlipwayError } from '../../errors/slipway-error.js';
import { clip, firstOf } from './bounds.js';
import { differences, show } from './match.js';

/** Something that happened, of the kind that is expected. */
export interface Found {
  readonly data: unknown;
}

interface Question {
  /** `published CONTENT_CREATED`. */
  readonly what: string;
  readonly isNegated: boolean;
  readonly found: readonly Found[];
  /** What happened. */
  readonly tell: () => string;
  readonly fail: (message: string, details: FailureDetails) => never;
}

interface FailureDetails {
  readonly actual: unknown;
  readonly expected: unknown;
  readonly showDiff: boolean;
}

/** One that was found, and where it is not what is expected. */
interface Candidate {
  readonly data: unknown;
  readonly lacks: readonly string[];
}

/** What `expect(app).to.have.published(Event)` gives: it holds already, and may be narrowed down. */
export class Expectation<Data> {
  readonly #question: Question;
  /** Those of which the next call speaks. */
  #found: readonly Found[];
  /** The data that they have, as messages say it. */
  #having = '';

  /** @internal Of `data` if they are given, else of any. */
  constructor(question: Question, data?: Data) {
    this.#question = question;
    this.#found = question.found;
    if (data !== undefined) this.with(data);
    else if (question.found.length > 0 === question.isNegated) this.#fail('');
  }

  /**
   * At least one of them has these data, and perhaps more of it. What is called after it is about those that have. To say
   * that none has, give the data at once: `expect(app).to.not.have.published(Event, data)`.
   */
  with(data: Data): this {
    const candidates = this.#found.map((each) => ({
      data: each.data,
      lacks: differences(each.data, data),
    }));
    const having = this.#found.filter((_each, index) => candidates[index]?.lacks.length === 0);
    this.#having += `${this.#having === '' ? ' with' : ' and'} ${clip(show(data))}`;
    if (having.length > 0 === this.#question.isNegated) this.#fail('', data, candidates);
    this.#found = having;
    return this;
  }

  /**
   * There are exactly so many of them; after {@link with}, of those with its data.
   * @throws SlipwayError SLIPWAY_TESTING_EXPECTATION after `not`, with which it may mean any other number.
   */
  times(count: number): this {
    const times = count === 1 ? 'once' : `${count} times`;
    if (this.#question.isNegated) {
      throw new SlipwayError('SLIPWAY_TESTING_EXPECTATION', {
        message: `"not ... ${times}" may mean any other number. Say how many there are, without not.`,
      });
    }
    if (this.#found.length !== count) this.#fail(` ${times}, and found ${this.#found.length}`);
    return this;
  }

  /** There is exactly one: {@link times} of 1. */
  once(): this {
    return this.times(1);
  }

  #fail(more: string, expected?: unknown, candidates: readonly Candidate[] = []): void {
    const { what, isNegated, tell, fail } = this.#question;
    const [closest] = candidates.toSorted((a, b) => a.lacks.length - b.lacks.length);
    const near =
      closest === undefined || isNegated ? '' : `\nClosest: ${firstOf(closest.lacks, 5).join('; ')}.`;
    const not = isNegated ? 'not ' : '';
    fail(`expected the application ${not}to have ${what}${this.#having}${more}${near}\n${tell()}`, {
      actual: closest?.data,
      expected,
      showDiff: closest !== undefined && !isNegated,
    });
  }
}
