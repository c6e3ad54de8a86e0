// The steps that a page has, kept by the server's rules: what lies beyond its position, or belongs to another watch or life, is void.

// What is not finite comes as text.
const number = (value) => (typeof value === 'string' ? Number(value) : value);

/** A number for a chart: null where there is none. */
export const drawn = (value) => (Number.isFinite(value) ? value : null);

export class StepLog {
  constructor() {
    this.watch = '';
    this.since = 0;
    this.steps = [];
    this.incarnation = '';
    this.durable = 0;
  }

  /** Asks for all kept steps once more: of another layer, or other units. */
  again() {
    this.since = 0;
    this.steps = [];
  }

  /** Takes an answer in; true when there is something to be drawn anew. */
  take(answer) {
    let changed = this.durable !== answer.durablePosition && this.steps.some((step) => step.position > this.durable);
    if (answer.watch !== this.watch || answer.incarnation !== this.incarnation) {
      this.steps = [];
      changed = true;
    }
    this.watch = answer.watch;
    this.incarnation = answer.incarnation;
    this.since = answer.since;
    this.durable = answer.durablePosition;
    const before = this.steps.length;
    this.steps = this.steps.filter((step) => step.position <= answer.position);
    changed ||= this.steps.length !== before;

    const count = answer.positions.length;
    if (count === 0) return changed;
    const part = (values, row) => {
      const size = values.length / count;
      return values.slice(row * size, (row + 1) * size).map(number);
    };
    answer.positions.forEach((position, row) => {
      while (this.steps.length > 0 && this.steps.at(-1).position >= position) this.steps.pop();
      // Steps between two looks that were too many to be kept: the picture goes on behind them.
      if (this.steps.length > 0 && this.steps.at(-1).position !== position - 1) this.steps = [];
      this.steps.push({
        position,
        input: part(answer.inputs, row),
        answer: part(answer.answers, row),
        h: part(answer.h, row),
        c: part(answer.c, row),
        saturated: part(answer.saturated, row),
      });
    });
    if (this.steps.length > answer.capacity) this.steps = this.steps.slice(-answer.capacity);
    return true;
  }
}
