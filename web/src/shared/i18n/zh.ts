/** What several pages say, in Chinese. `en.ts` has the same keys. */
export const zh = {
  "nav.skip": "跳到正文",
  "common.optional": "选填",
  "common.wait": "请稍候…",
  "theme.label": "明暗",
  "theme.auto": "随系统",
  "theme.light": "浅色",
  "theme.dark": "深色",
  "saved.title": "保存的查询",
  "saved.name": "名称",
  "saved.save": "保存这个查询",
  "saved.hint": "只存问法，不存结果；每次打开按当时的记录和本人的权限统计。",
  "saved.done": "已保存“{name}”。",
  "saved.none": "还没有保存的查询",
  "saved.shared": "已共享",
  "saved.gone": "没有这个查询，或保存它的人没有共享。请向给您链接的人核对。",
};

export type Key = keyof typeof zh;
