import { afterEach, expect, test, vi } from "vitest";
import { accountOf } from "../src/station/hub/account";

afterEach(() => vi.unstubAllGlobals());

function told(role: string, stations: object[] | null) {
  const viewer = { __typename: "Viewer", username: "wangfang", name: "王芳", role, stations };
  vi.stubGlobal("fetch", async () => Response.json({ data: { viewer } }));
}

const station = { code: "S410802001", name: "站" };

test("an account that hands in for one station uses the app", async () => {
  told("STATION_WORKER", [station]);
  expect(await accountOf("nyt_1")).toMatchObject({ username: "wangfang", station, token: "nyt_1" });
});

test("who only looks on, has no station or several is told so when signing in", async () => {
  told("ANALYST", [station]);
  await expect(accountOf("nyt_1")).rejects.toThrow("只能查看，不能报送");
  told("STATION_WORKER", null);
  await expect(accountOf("nyt_1")).rejects.toThrow("没有对应的社工站");
  told("COUNTY_OFFICER", [station, { code: "S410802002", name: "另一站" }]);
  await expect(accountOf("nyt_1")).rejects.toThrow("可见 2 个社工站");
});
