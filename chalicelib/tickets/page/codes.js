// What a ticket's code says, checked with the service's public keys: T1.<key id>.<base32>, where the base32 holds
// ticket (17 bytes), event (16), ticket type (1) and an Ed25519 signature (64) over `T1.<key id>.` and those.
import { verifyAsync } from "./noble-ed25519.js";

const TYPES = ["early_booking", "regular", "MVP"];
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The claims of a genuine code; "unknown key" if only the service can tell; null if it is none. */
export async function read(text, keys) {
  const [version, keyId, body, ...more] = text.trim().split(".");
  if (version !== "T1" || !keyId || !body || more.length) return null;
  const raw = base32(body);
  if (raw?.length !== 98) return null;
  if (!Object.hasOwn(keys, keyId)) return "unknown key";
  const claims = raw.slice(0, 34), signature = raw.slice(34);
  const signed = new Uint8Array([...new TextEncoder().encode(`T1.${keyId}.`), ...claims]);
  if (!(await isSigned(signature, signed, bytes(keys[keyId])))) return null;
  return { ticket: hex(claims.slice(0, 17)), event: hex(claims.slice(17, 33)), type: TYPES[claims[33]] };
}

async function isSigned(signature, signed, key) {
  try {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, signature, signed);
  } catch { // a browser without Ed25519 of its own
    return verifyAsync(signature, signed, key).catch(() => false);
  }
}

function base32(text) {
  const out = [];
  let bits = 0, held = 0;
  for (const letter of text) {
    const value = LETTERS.indexOf(letter);
    if (value < 0) return null;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) out.push((held >> (bits -= 8)) & 0xff);
  }
  return new Uint8Array(out);
}

const hex = (data) => [...data].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (text) => new Uint8Array(text.match(/../g).map((pair) => parseInt(pair, 16)));
