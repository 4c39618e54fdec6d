package main

import "testing"

func TestStrictJSON(t *testing.T) {
	for _, c := range []struct {
		name, text string
		valid      bool
	}{
		{"an empty object", `{}`, true},
		{"space around", "{ } \n", true},
		{"space before", ` {}`, false},
		{"an array", `[]`, false},
		{"a second value", `{}{}`, false},
		{"a name twice", `{"a":1,"a":2}`, false},
		{"a name twice by an escape", `{"a":1,"\u0061":2}`, false},
		{"a name twice inside", `{"x":[{"a":1,"a":2}]}`, false},
		{"a name in two objects", `{"a":{"a":1},"b":{"a":1}}`, true},
		{"a surrogate pair", `{"a":"\ud83d\ude00"}`, true},
		{"a high surrogate alone", `{"a":"\ud83d"}`, false},
		{"a high surrogate before another escape", `{"a":"\ud83d\n12345"}`, false},
		{"a low surrogate alone", `{"a":"\ude00"}`, false},
		{"a pair the wrong way round", `{"a":"\ude00\ud83d"}`, false},
		{"an escaped backslash before u", `{"a":"\\ud83d"}`, true},
		{"eight deep", `{"a":[[[[[[[]]]]]]]}`, true},
		{"nine deep", `{"a":[[[[[[[[]]]]]]]]}`, false},
		{"a number beyond double", `{"a":1e309}`, false},
		{"a very small number", `{"a":1e-400}`, true},
		{"broken UTF-8", "{\"a\":\"\xff\"}", false},
		{"a control character", "{\"a\":\"\x01\"}", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := readJSONObject([]byte(c.text)); (err == nil) != c.valid {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestIntegersAreWrittenPlainly(t *testing.T) {
	for text, want := range map[string]bool{
		"0": true, "9007199254740991": true,
		"9007199254740992": false, "18446744073709551616": false, "-0": false, "-1": false, "1.0": false, "1e0": false, `"1"`: false,
	} {
		members, err := readJSONObject([]byte(`{"a":` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := jsonInteger(members, "a"); ok != want {
			t.Errorf("%s: got %v", text, ok)
		}
	}
}
