/**
 * What the agents lost beside one who plays the best network from the first round on: the sum of the losses, less the
 * smallest loss so far in each round. Where the policy learns, it grows ever more slowly (less than linearly).
 */
export class Regret {
  #sum = 0;
  #rounds = 0;
  #least = Number.POSITIVE_INFINITY;

  /** @param loss as agents hear it */
  add(loss: number): void {
    this.#sum += loss;
    this.#rounds++;
    this.#least = Math.min(this.#least, loss);
  }

  get rounds(): number {
    return this.#rounds;
  }

  /** Sum of the losses less the smallest one in each round; 0 before the first round. */
  get total(): number {
    return this.#rounds === 0 ? 0 : this.#sum - this.#rounds * this.#least;
  }
}
