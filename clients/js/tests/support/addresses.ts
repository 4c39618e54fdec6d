import { peersInAddress } from '../../src/addresses.js'
import { parsePeerId } from '../../src/peer-id.js'
import { PEER, bytes, loadVectors } from './vectors.js'

export interface AddressVector {
  text: string
  /** Absent where the text must be refused. */
  canonical?: string
}

export const loadAddresses = (): AddressVector[] => loadVectors<{ texts: AddressVector[] }>('multiaddr_texts.json').texts

/** Those that a record of PEER may have, 16 at a time, and those that none may have. The rest is too long in one spelling alone. */
export function addressesOfRecords(vectors: AddressVector[]): { taken: Array<Required<AddressVector>[]>, refused: AddressVector[] } {
  const id = parsePeerId(PEER)!
  const fits = (text: string): boolean => bytes(text).length <= 256
  const isOwn = (text: string): boolean => peersInAddress(text)!.every((peer) => Buffer.compare(peer, id) === 0)
  const own = vectors.filter((vector): vector is Required<AddressVector> => vector.canonical !== undefined && fits(vector.text) && fits(vector.canonical) && isOwn(vector.text))
  const taken = Array.from({ length: Math.ceil(own.length / 16) }, (_, i) => own.slice(16 * i, 16 * i + 16))
  return { taken, refused: vectors.filter(({ text, canonical }) => canonical === undefined || (!fits(text) && !fits(canonical)) || !isOwn(text)) }
}
