/* suggest.c: edit distance, for "did you mean". */
#include "base/suggest.h"

#include <string.h>

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Three rows of the usual matrix: a swap looks two rows back. */
size_t
suggest_distance(const char *a, const char *b)
{
	size_t rows[3][SUGGEST_WORD_MAX + 1], la, lb, i, j;
	size_t *prev2 = rows[0], *prev = rows[1], *cur = rows[2], *spare;

	la = strnlen(a, SUGGEST_WORD_MAX + 1);
	lb = strnlen(b, SUGGEST_WORD_MAX + 1);
	if (la > SUGGEST_WORD_MAX || lb > SUGGEST_WORD_MAX)
		return SUGGEST_WORD_MAX;
	for (j = 0; j <= lb; j++)
		prev2[j] = prev[j] = j;
	for (i = 1; i <= la; i++) {
		cur[0] = i;
		for (j = 1; j <= lb; j++) {
			cur[j] = min3(prev[j] + 1, cur[j - 1] + 1,
			    prev[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				cur[j] = min3(cur[j], prev2[j - 2] + 1,
				    cur[j]);
		}
		spare = prev2;
		prev2 = prev;
		prev = cur;
		cur = spare;
	}
	return prev[lb];
}

size_t
suggest_score(const char *typed, const char *word)
{
	const char *tail;
	size_t best, d, len = strlen(word);

	best = suggest_distance(typed, word);
	if ((tail = strrchr(typed, '_')) != NULL && tail[1] != '\0') {
		d = suggest_distance(tail + 1, word) + 1;
		best = d < best ? d : best;
	}
	/* A third of the letters may be wrong, though one always. */
	return best <= 1 + len / 4 && best < len ? best : SUGGEST_WORD_MAX;
}

const char *
suggest_word(const char *typed, const char *const *words)
{
	const char *best = NULL;
	size_t score, least = SUGGEST_WORD_MAX;

	for (; *words != NULL; words++) {
		score = suggest_score(typed, *words);
		if (score < least) {
			least = score;
			best = *words;
		}
	}
	return best;
}
