import { Inject, Injectable, token } from '../../../src/index.js';

interface Clock {
  now(): number;
}
const Clock = token<Clock>()('Clock');
const Port = token<number>()('Port');

@Injectable()
export class Right {
  constructor(
    @Inject(Clock) readonly clock: Clock,
    @Inject(Port) readonly port: number,
  ) {}
}

@Injectable()
export class Swapped {
  constructor(
    // error: TS1239 Argument of type '0' is not assignable to parameter of type 'never'
    @Inject(Port) readonly clock: Clock,
    // error: TS1239 Argument of type '1' is not assignable to parameter of type 'never'
    @Inject(Clock) readonly port: number,
  ) {}
}
