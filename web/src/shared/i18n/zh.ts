/** What several pages say, in Chinese. `en.ts` has the same keys. */
export const zh = {
  "nav.skip": "跳到正文",
  "common.optional": "选填",
  "common.wait": "请稍候…",
  "theme.label": "明暗",
  "theme.auto": "随系统",
  "theme.light": "浅色",
  "theme.dark": "深色",
};

export type Key = keyof typeof zh;
