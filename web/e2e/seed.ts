import { type Hub, STATION } from "./hub.ts";

/** Everybody is made up. Each test has someone whom no other touches. */
export const PEOPLE = {
  cut: "周大山",
  killed: "吴桂兰",
  refused: "郑秀英",
  conflict: "冯玉珍",
  signin: "陈水生",
  pages: "褚小梅",
  gone: "卫长河",
  stuck: "蒋春花",
  offline: "沈木林",
  locked: "韩冬梅",
  assessed: "杨老三",
  excused: "朱秋生",
  closed: "秦满仓",
  head: "潘长庚",
  member: "葛玉兰",
  corrected: "范大勇",
  home: "鲁有田",
  lodger: "韦根生",
  returned: "昌德福",
  cleared: "马桂香",
  pictured: "花向阳",
  removed: "方玉莲",
  housed: "袁小兰",
  entered: "柳青山",
  late: "任小川",
  crowded: "苗有福",
  guest: "凤来宝",
  spoken: "酆小莲",
  dropped: "史春生",
};

const OTHERS = [..."赵钱孙李朱秦尤许何吕施张孔曹严华金魏陶姜"].map((surname) => `${surname}福来`);

const RISKS = ["HIGH", "MEDIUM", "LOW", undefined];

export async function seed(hub: Hub) {
  const villages = await villagesOf(hub);
  const names = [...Object.values(PEOPLE), ...OTHERS];
  await hub.store(names.map((name, i) => entry(name, i, villages[i % villages.length] ?? "")));
  await hub.store([
    { household: { head: { residentId: residentId(0), name: PEOPLE.cut }, village: villages[0], address: "三组 7 号" } },
  ]);
}

async function villagesOf(hub: Hub): Promise<string[]> {
  const query = `query ($code: String!) {
    station(code: $code) { division { children(first: 3) { nodes { code } } } } }`;
  type Answer = { station: { division: { children: { nodes: { code: string }[] } } } };
  const { station } = await hub.ask<Answer>(query, { code: STATION });
  return station.division.children.nodes.map(({ code }) => code);
}

/** An entry in the ledger of the elderly, opened a hundred days ago. */
function entry(name: string, i: number, village: string) {
  const openedOn = new Date(Date.now() - 100 * 86_400_000).toISOString().slice(0, 10);
  return {
    ledgerEntry: {
      person: { name, residentId: residentId(i), village, address: `${i + 1} 号`, phone: `1380000${1000 + i}` },
      openedOn,
      risk: RISKS[i % RISKS.length],
      detail: { elderly: { livingArrangement: "ALONE" } },
      needs: [{ domain: "HOUSING_REPAIR", urgency: "SOON", remark: "屋顶漏雨" }],
    },
  };
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** A number with a right check character (GB 11643), of someone born in 1945. */
export function residentId(i: number): string {
  const digits = `41080219450101${String(100 + i)}`;
  const sum = WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0);
  return digits + "10X98765432"[sum % 11];
}
