/** What the explorer says of saved questions, in Chinese. `en.ts` has the same keys. */
export const zh = {
  "saved.noneHint": "把编辑区的查询起个名字保存，以后一点即开。",
  "saved.variables": "变量不是 JSON 对象，没有保存。请在变量编辑区改正后再存。",
  "saved.manage": "管理",
  "saved.manageHint": "在业务台共享、定时导出、更名或删除",
  "saved.link": "共享的链接",
  "saved.linkHint": "粘贴别人给的链接，在编辑区打开。",
  "saved.open": "打开",
  "saved.noLink": "链接里没有查询的编号。请核对是否粘贴完整。",
  "price.told": "这样查的价格是 {price}，上限 {limit}",
  "price.refused": "这样查不行：{message}",
  "error.offline": "没有连上平台，这一步没有办。请检查网络后再试。",
  "error.busy": "平台正忙，这一步没有办。请过一会儿再试。",
  "error.signin": "还没有登录。请在上方启用访问令牌，或在业务台登录后刷新本页。",
  "error.refused": "平台没有接受：{message}",
  "error.fault": "平台出了故障，已记录。请过一会儿再试；仍不行请告知管理员。",
};

export type Key = keyof typeof zh;
