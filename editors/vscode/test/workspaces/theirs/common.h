#define ROOM 300
