import { sha256 } from 'viem/utils'

const MAX_ENTRIES = 1024

/** Verdicts on signatures by the hash of their record: a lookup meets the same octets at twenty peers, and each recovery costs a millisecond. */
export class SignatureMemo {
  readonly #verdicts = new Map<string, boolean>()

  /** The verdict on this address's value: the remembered one, or what `judge` finds now. */
  async judge(address: string, value: Uint8Array, judge: () => Promise<boolean>): Promise<boolean> {
    const name = address + sha256(value)
    const known = this.#verdicts.get(name)
    if (known !== undefined) return known
    const verdict = await judge()
    if (this.#verdicts.size >= MAX_ENTRIES) this.#verdicts.delete(this.#verdicts.keys().next().value!)
    this.#verdicts.set(name, verdict)
    return verdict
  }
}
