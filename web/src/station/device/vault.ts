import { hex } from "../digest";

/**
 * The key of what is kept on the device: random, and itself sealed by a key made of the PIN.
 * Nothing is known of the PIN but that it opens the vault.
 */

/** What OWASP asks of PBKDF2 with SHA-256. */
export const ROUNDS = 600_000;

/** The sealed key, as it lies on the device. */
export interface Vault {
  salt: Uint8Array<ArrayBuffer>;
  rounds: number;
  iv: Uint8Array<ArrayBuffer>;
  key: ArrayBuffer;
}

/** The keys of an open vault. None can be taken out of the browser. */
export interface Keys {
  seal: CryptoKey;
  name: CryptoKey;
}

/** A sealed value. */
export interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  bytes: ArrayBuffer;
}

const text = new TextEncoder();
const { subtle } = crypto;

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

export async function makeVault(pin: string, rounds = ROUNDS): Promise<{ vault: Vault; keys: Keys }> {
  const salt = random(16);
  const iv = random(12);
  const raw = random(32);
  const key = await subtle.encrypt({ name: "AES-GCM", iv }, await pinKey(pin, salt, rounds), raw);
  const keys = await keysOf(raw);
  raw.fill(0);
  return { vault: { salt, rounds, iv, key }, keys };
}

/** The keys, or nothing where the PIN is wrong. */
export async function openVault(vault: Vault, pin: string): Promise<Keys | undefined> {
  const key = await pinKey(pin, vault.salt, vault.rounds);
  let raw: ArrayBuffer;
  try {
    raw = await subtle.decrypt({ name: "AES-GCM", iv: vault.iv }, key, vault.key);
  } catch {
    return undefined;
  }
  return keysOf(raw);
}

async function pinKey(pin: string, salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<CryptoKey> {
  const given = await subtle.importKey("raw", text.encode(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return subtle.deriveKey(how, given, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function keysOf(raw: BufferSource): Promise<Keys> {
  const root = await subtle.importKey("raw", raw, "HKDF", false, ["deriveKey"]);
  const made = (info: string) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: text.encode(info),
  });
  return {
    seal: await subtle.deriveKey(made("seal"), root, { name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]),
    name: await subtle.deriveKey(made("name"), root, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
  };
}

/** Seals a value for one place: put elsewhere, it does not open. */
export async function seal(keys: Keys, place: string, value: unknown): Promise<Sealed> {
  return sealBytes(keys, place, text.encode(JSON.stringify(value)));
}

export async function unseal<T>(keys: Keys, place: string, sealed: Sealed): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await unsealBytes(keys, place, sealed))) as T;
}

/** As `seal` does, what is no JSON. */
export async function sealBytes(keys: Keys, place: string, bytes: BufferSource): Promise<Sealed> {
  const iv = random(12);
  const how = { name: "AES-GCM", iv, additionalData: text.encode(place) };
  return { iv, bytes: await subtle.encrypt(how, keys.seal, bytes) };
}

export async function unsealBytes(keys: Keys, place: string, { iv, bytes }: Sealed): Promise<ArrayBuffer> {
  const how = { name: "AES-GCM", iv, additionalData: text.encode(place) };
  return subtle.decrypt(how, keys.seal, bytes);
}

/** A name that tells nothing: the same text has the same one on this device alone. */
export async function opaque(keys: Keys, name: string): Promise<string> {
  const mark = new Uint8Array(await subtle.sign("HMAC", keys.name, text.encode(name)));
  return hex(mark.subarray(0, 16));
}
