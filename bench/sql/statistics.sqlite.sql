SELECT json_object('statistics', json_object('rows', json_group_array(json(line))))
FROM (
  SELECT json_object(
    'county', json_object('code', county),
    'month', month || '-01',
    'mode', mode,
    'figures', json_array(json_object('count', visits), json_object('count', people))
  ) AS line
  FROM (
    SELECT substr(division_code, 1, 6) AS county, substr(visited_on, 1, 7) AS month, mode,
      count(*) AS visits, count(DISTINCT person_id) AS people
    FROM visits
    GROUP BY county, month, mode
    ORDER BY county, month, mode
  )
)
