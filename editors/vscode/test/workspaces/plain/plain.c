#include <stdio.h>

int main(void)
{
	return puts("no XDP here") < 0;
}
