SELECT json_object('stations', json_object('nodes', json_group_array(json_object('id', hex(s.id), 'code', s.code, 'name', s.name,
  'visits', json_object('nodes', json((
    SELECT json_group_array(json_object(
      'id', hex(v.id), 'visitedOn', v.visited_on, 'mode', v.mode, 'minutes', v.minutes,
      'remark', hex(v.remark),
      'person', json_object('id', hex(p.id), 'name', p.name, 'sex', p.sex,
        'birthDate', p.birth_date, 'newestAssessment', json((
          SELECT json_object('id', hex(a.id), 'assessedOn', a.assessed_on, 'score', a.score,
            'level', a.level)
          FROM assessments a WHERE a.person_id = p.id
          ORDER BY a.assessed_on DESC, a.id DESC LIMIT 1))))
      ORDER BY v.visited_on DESC, v.id DESC)
    FROM (SELECT id, person_id, visited_on, mode, minutes, remark FROM visits
          WHERE station_id = s.id ORDER BY visited_on DESC, id DESC LIMIT 20) v
    JOIN persons p ON p.id = v.person_id)))) ORDER BY s.code)))
FROM stations s
